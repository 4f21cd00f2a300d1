"""`/models/pipeline/{pipeline}`: all versions of one pipeline, and how its metrics went from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from shipway.dashboards.drawing.lines import LineChart
from shipway.dashboards.evaluations import (
    EvaluationFound,
    SliceMetrics,
    Standing,
    evaluation_of,
    slice_of,
    standing_of,
)
from shipway.dashboards.evaluations.found import OVERALL
from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.models.charts import metric_chart
from shipway.dashboards.pages.models.places import Place, places_of
from shipway.dashboards.serving.fleet import Served
from shipway.errors import ContractError, EnvironmentFault, InputError
from shipway.lineage import LineageQueries
from shipway.lineage.outcomes import Outcome, outcomes_of
from shipway.lineage.pipeline_models import MadeModel, newest_models
from shipway.lineage.reviews import Review, reviews_of
from shipway.runner.home import Home

ON_A_PAGE = 30
CHARTS, METRICS_OFFERED, SLICES_OFFERED = 6, 30, 300
SHOWN_AT_FIRST = 2
PROBLEMS_TOLD = 5
LONGEST_HEADING = 60


class NoModels(NotFound):
    """A pipeline that made no model."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(
            f"No model of a pipeline {pipeline[:300]!r} is recorded: the list of models has those that made some."
        )


@dataclass(frozen=True)
class Version:
    """One model of the pipeline; `numbers` are of the chosen slice, None where it was not evaluated there."""

    made: MadeModel
    standing: Standing
    review: Review | None
    place: Place | None
    numbers: SliceMetrics | None

    @property
    def id(self) -> int:
        return self.made.model.id


@dataclass(frozen=True)
class Asked:
    """What is chosen of a pipeline's versions; no metric is the main ones, no slice is all rows."""

    pipeline: str
    metrics: Sequence[str] = ()
    slice: str = ""
    below: int | None = None

    def address(self, below: int | None = None) -> str:
        asked = [("metric", one) for one in self.metrics] + [("slice", self.slice)] * bool(self.slice)
        words = urlencode(asked + [("below", str(below))] * (below is not None))
        return f"/models/pipeline/{quote(self.pipeline, safe='')}" + (f"?{words}" if words else "")


@dataclass(frozen=True)
class VersionsPage:
    """A page of versions, the newest first, and a chart for each chosen metric with the oldest on its left.

    `metrics` and `slices` are those to choose from; `slices_left_out` counts slices that are not offered.
    """

    asked: Asked
    versions: Sequence[Version]
    charts: Mapping[str, LineChart | None]
    metrics: Sequence[str]
    slices: Sequence[str]
    slices_left_out: int
    newest: str
    older: str
    problems: Sequence[str]

    @property
    def headings(self) -> list[str]:
        """Those of the table of versions."""
        metrics = [f"#{metric[:LONGEST_HEADING]}" for metric in self.charts]
        return ["Model", "Made", "Run", "Verdict", *metrics, "Pushed to", "Review"]


def versions_page(home: Home, queries: LineageQueries, served: Sequence[Served], asked: Asked) -> VersionsPage:
    """All of the page. Raises `NoModels`, and the store's fault."""
    made = newest_models(queries.service, asked.pipeline, ON_A_PAGE + 1, asked.below)
    if not made:
        raise NoModels(asked.pipeline)
    problems: dict[str, None] = {}
    versions = _versions(home, queries, served, made[:ON_A_PAGE], asked.slice or OVERALL, problems)
    found = next((evaluation_of(home, one.standing.evaluation) for one in versions if one.standing.evaluation), None)
    found = found or EvaluationFound()
    problems.update(dict.fromkeys(found.problems))
    offered = _offered(found, versions)
    chosen = [*dict.fromkeys(asked.metrics)][:CHARTS] or offered[:SHOWN_AT_FIRST]
    bounds = [one for one in found.thresholds if one.slice == (asked.slice or OVERALL)]
    return VersionsPage(
        asked=asked,
        versions=versions,
        charts={metric: metric_chart(metric, versions[::-1], bounds) for metric in chosen},
        metrics=list(dict.fromkeys([*offered[:METRICS_OFFERED], *chosen])),
        slices=[one.name for one in found.slices[:SLICES_OFFERED]],
        slices_left_out=max(0, len(found.slices) - SLICES_OFFERED),
        newest=asked.address() if asked.below is not None else "",
        older=asked.address(made[ON_A_PAGE - 1].model.id) if len(made) > ON_A_PAGE else "",
        problems=_told(list(problems)),
    )


def _versions(
    home: Home,
    queries: LineageQueries,
    served: Sequence[Served],
    made: Sequence[MadeModel],
    slice_name: str,
    problems: dict[str, None],
) -> list[Version]:
    ids = [one.model.id for one in made]
    outcomes, reviews = outcomes_of(queries.service, ids), reviews_of(queries.service, ids)

    def version(one: MadeModel) -> Version:
        own: Sequence[Outcome] = outcomes.get(one.model.id, ())
        standing = standing_of(own)
        pushed = [place for place in places_of(own, served) if place.is_pushed]
        numbers = _numbers(home, standing, slice_name, problems)
        return Version(one, standing, next(iter(reviews[one.model.id]), None), next(iter(pushed), None), numbers)

    return [version(one) for one in made]


def _numbers(home: Home, standing: Standing, slice_name: str, problems: dict[str, None]) -> SliceMetrics | None:
    if standing.evaluation is None:
        return None
    try:
        return slice_of(home, standing.evaluation, slice_name)
    except (ContractError, EnvironmentFault, InputError) as fault:
        problems[str(fault)] = None
        return None


def _offered(found: EvaluationFound, versions: Sequence[Version]) -> list[str]:
    """The metrics to choose from: those of the newest evaluation, then what only earlier ones had."""
    return list(
        dict.fromkeys([*found.metric_names, *(name for one in versions if one.numbers for name in one.numbers.values)])
    )


def _told(problems: Sequence[str]) -> list[str]:
    rest = len(problems) - PROBLEMS_TOLD
    return [*problems[:PROBLEMS_TOLD], *([f"{rest} more evaluations cannot be read."] if rest > 0 else [])]
