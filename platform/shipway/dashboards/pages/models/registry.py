"""`/models`: the newest version of each pipeline, what was found of it and where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from shipway.dashboards.evaluations import EvaluationFound, Standing, evaluation_of, standing_of, summary_of
from shipway.dashboards.pages.models.newest import NewestModels
from shipway.dashboards.pages.models.places import Place, places_of
from shipway.dashboards.pages.models.sparks import Spark, spark
from shipway.dashboards.serving.fleet import Served
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.listing import recorded_artifacts
from shipway.lineage.outcomes import Outcome, outcomes_of
from shipway.lineage.pipeline_models import MadeModel
from shipway.lineage.reviews import Review, reviews_of
from shipway.runner.home import Home

ON_A_PAGE = 12
LOOKED_AT = 5 * ON_A_PAGE
"""Pipelines that one page looks up to find some with a verdict."""

BLESSED, NOT_BLESSED, NOT_JUDGED, APPROVED, REJECTED = "blessed", "not-blessed", "not-judged", "approved", "rejected"
VERDICTS = (BLESSED, NOT_BLESSED, NOT_JUDGED, APPROVED, REJECTED)


@dataclass(frozen=True)
class Line:
    """A pipeline's newest model. `review` is the newest decision on it; `value` is its main metric, `metric`."""

    pipeline: str
    made: MadeModel
    model: RecordedArtifact
    standing: Standing
    review: Review | None
    metric: str
    value: float | None
    spark: Spark | None
    place: Place | None

    @property
    def verdicts(self) -> frozenset[str]:
        """What the line can be filtered by."""
        blessed = self.standing.blessed
        said = {NOT_JUDGED if blessed is None else BLESSED if blessed else NOT_BLESSED}
        if self.review is not None:
            said.add(APPROVED if self.review.approved else REJECTED)
        return frozenset(said)


@dataclass(frozen=True)
class Asked:
    """Words in a pipeline's name, a verdict, and the name after which the page begins."""

    words: str = ""
    verdict: str = ""
    after: str = ""

    def fits(self, pipeline: str) -> bool:
        name = pipeline.casefold()
        return pipeline > self.after and all(word in name for word in self.words.casefold().split())

    def address(self, after: str = "") -> str:
        asked = {"q": self.words, "verdict": self.verdict, "after": after}
        words = urlencode({name: value for name, value in asked.items() if value})
        return f"/models?{words}" if words else "/models"


@dataclass(frozen=True)
class Registry:
    """A page of the registry, by name. `later` is the address of the next, `begin` of the first, "" for none.

    `model_id`: what was searched for is the id of this model. `unseen` pipelines were not looked up yet.
    """

    asked: Asked
    lines: Sequence[Line]
    begin: str
    later: str
    unseen: int
    model_id: int | None


def registry(
    home: Home,
    queries: LineageQueries,
    newest: NewestModels,
    served: Sequence[Served],
    pipelines: Sequence[str],
    asked: Asked,
) -> Registry:
    """The page of these pipelines. Raises the store's fault."""
    fitting = sorted(name for name in pipelines if name and asked.fits(name))
    lines: list[Line] = []
    seen = 0
    while seen < len(fitting) and seen < LOOKED_AT and len(lines) < ON_A_PAGE:
        chosen = fitting[seen : seen + ON_A_PAGE]
        seen += len(chosen)
        lines += [one for one in _lines(home, queries, newest, chosen, served) if _has(one, asked.verdict)]
    if len(lines) > ON_A_PAGE:
        lines = lines[:ON_A_PAGE]
        seen = fitting.index(lines[-1].pipeline) + 1
    return Registry(
        asked=asked,
        lines=lines,
        begin=asked.address() if asked.after else "",
        later=asked.address(fitting[seen - 1]) if seen < len(fitting) else "",
        unseen=len(fitting) - seen,
        model_id=_model_id(queries, asked.words),
    )


def _has(line: Line, verdict: str) -> bool:
    return not verdict or verdict in line.verdicts


def _model_id(queries: LineageQueries, words: str) -> int | None:
    number = int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else 0
    found = queries.artifact(number) if number else None
    return found.id if found is not None and found.type_name == "Model" else None


def _lines(
    home: Home, queries: LineageQueries, newest: NewestModels, pipelines: Sequence[str], served: Sequence[Served]
) -> list[Line]:
    made = [models for models in newest.of(pipelines).values() if models]
    ids = [models[0].model.id for models in made]
    outcomes, reviews = outcomes_of(queries.service, ids), reviews_of(queries.service, ids)
    current = recorded_artifacts(queries.service, ids)
    earlier = newest.summaries_of([one.model.id for models in made for one in models[1:]])
    return [
        _line(
            home,
            models[0],
            current.get(models[0].model.id, models[0].model),
            outcomes.get(models[0].model.id, ()),
            next(iter(reviews[models[0].model.id]), None),
            [earlier[one.model.id] for one in models[1:]],
            served,
        )
        for models in made
    ]


def _line(
    home: Home,
    made: MadeModel,
    model: RecordedArtifact,
    outcomes: Sequence[Outcome],
    review: Review | None,
    earlier: Sequence[EvaluationFound],
    served: Sequence[Served],
) -> Line:
    standing = standing_of(outcomes)
    found = [_evaluation(home, standing), *earlier]
    metric = next((one.main_metric for one in found if one.main_metric), "")
    places = [one for one in places_of(outcomes, served) if one.is_pushed]
    return Line(
        pipeline=made.pipeline,
        made=made,
        model=model,
        standing=standing,
        review=review,
        metric=metric,
        value=found[0].metrics.get(metric),
        spark=spark(metric, [one.metrics.get(metric) for one in reversed(found)]),
        place=places[0] if places else None,
    )


def _evaluation(home: Home, standing: Standing) -> EvaluationFound:
    """The summary; of an evaluation that has none, what its files say."""
    if standing.evaluation is None:
        return EvaluationFound()
    said = summary_of(standing.evaluation)
    return said if said.metrics else evaluation_of(home, standing.evaluation)
