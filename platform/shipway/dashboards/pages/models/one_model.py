"""`/models/{artifact_id}`: everything about how good a model is, why it was blessed or not, and where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from shipway.dashboards.evaluations import EvaluationFound, Threshold, evaluation_of
from shipway.dashboards.evaluations.plots import Plots, plots_of
from shipway.dashboards.evaluations.standing import EVALUATION
from shipway.dashboards.evaluations.verdicts import Verdict, blessings_in, newest_of_each_kind, verdicts_of
from shipway.dashboards.pages.models.asked import Asked
from shipway.dashboards.pages.models.curves import CurveChart, curve_charts
from shipway.dashboards.pages.models.gaps import Gaps, gaps_of
from shipway.dashboards.pages.models.places import Place, places_of
from shipway.dashboards.pages.models.signatures import Signatures, signatures_of
from shipway.dashboards.pages.models.slices import SliceTable, slice_table
from shipway.dashboards.serving.fleet import Served
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.outcomes import Outcome, outcomes_of
from shipway.lineage.reviews import Review, reviews_of
from shipway.lineage.versions import Version, versions_of
from shipway.runner.home import Home

EVALUATIONS_LISTED = 20
THRESHOLDS_SHOWN = 60
PLACES_SHOWN = 30


@dataclass(frozen=True)
class Overall:
    """A metric of all rows. `change` is against the baseline; `is_better` is None for neither better nor worse."""

    metric: str
    value: float | None
    baseline: float | None
    interval: tuple[float, float] | None
    is_better: bool | None

    @property
    def change(self) -> float | None:
        return self.value - self.baseline if self.value is not None and self.baseline is not None else None


@dataclass(frozen=True)
class ModelPage:
    """One model. `evaluations` are all of it, newest first, of which `evaluation` is shown; `verdict` is of that one.

    `thresholds` begin with those that do not hold; `compare` is the address of this run beside the one before.
    """

    asked: Asked
    model: RecordedArtifact
    made_by: Use | None
    signatures: Signatures
    before: Version | None
    after: Version | None
    compare: str
    evaluation: RecordedArtifact | None
    evaluations: Sequence[RecordedArtifact]
    found: EvaluationFound
    verdict: Verdict | None
    infra: Verdict | None
    overall: Sequence[Overall]
    thresholds: Sequence[Threshold]
    failing: int
    slices: SliceTable
    gaps: Gaps
    charts: Sequence[CurveChart]
    places: Sequence[Place]
    places_left_out: int
    reviews: Sequence[Review]
    problems: Sequence[str]


def model_page(
    home: Home, queries: LineageQueries, served: Sequence[Served], model: RecordedArtifact, asked: Asked
) -> ModelPage:
    """All of the page. Raises the store's fault."""
    service = queries.service
    outcomes = outcomes_of(service, [model.id]).get(model.id, [])
    made_by = makers_of(service, [model.id]).get(model.id)
    versions = versions_of(service, made_by, 1) if made_by else None
    before, after = (next(iter(ways), None) for ways in ((versions.before, versions.after) if versions else ((), ())))
    evaluations = [one for one in reversed(outcomes) if one.artifact.type_name == EVALUATION]
    chosen = next((one for one in evaluations if one.artifact.id == asked.evaluation), next(iter(evaluations), None))
    found = evaluation_of(home, chosen.artifact) if chosen else EvaluationFound()
    plots = plots_of(home, chosen.artifact) if chosen and not found.problems else Plots()
    verdict, infra = _verdicts(queries, outcomes, chosen)
    places = places_of(outcomes, served)
    return ModelPage(
        asked=asked,
        model=model,
        made_by=made_by,
        signatures=signatures_of(home, model),
        before=before,
        after=after,
        compare=_compare(made_by, before),
        evaluation=chosen.artifact if chosen else None,
        evaluations=[one.artifact for one in evaluations[:EVALUATIONS_LISTED]],
        found=found,
        verdict=verdict,
        infra=infra,
        overall=[_overall(found, metric) for metric in _named(found)],
        thresholds=sorted(found.thresholds, key=lambda one: one.passed)[:THRESHOLDS_SHOWN],
        failing=sum(not one.passed for one in found.thresholds),
        slices=slice_table(found, asked),
        gaps=gaps_of(found, asked.gap),
        charts=curve_charts(plots.curves),
        places=places[:PLACES_SHOWN],
        places_left_out=max(0, len(places) - PLACES_SHOWN),
        reviews=reviews_of(service, [model.id])[model.id],
        problems=[*found.problems, *plots.problems],
    )


def _verdicts(
    queries: LineageQueries, outcomes: Sequence[Outcome], chosen: Outcome | None
) -> tuple[Verdict | None, Verdict | None]:
    """What the step of the chosen evaluation found, or else the newest to judge; and the newest InfraBlessing."""
    blessings = blessings_in(outcomes)
    newest = newest_of_each_kind(blessings)
    beside = [one for one in blessings if chosen is not None and one.execution.id == chosen.execution.id]
    chosen_first = {one.artifact.id: one for one in [*beside, *newest]}
    verdicts = verdicts_of(queries.service, list(chosen_first.values()), outcomes)
    judged = next((one for one in verdicts if not one.is_of_infra), None)
    return judged, next((one for one in reversed(verdicts) if one.is_of_infra), None)


def _named(found: EvaluationFound) -> list[str]:
    """The metrics that all rows have."""
    overall = {**found.baseline, **found.metrics}
    return [*(name for name in found.metric_names if name in overall), *(found.baseline.keys() - found.metrics.keys())]


def _overall(found: EvaluationFound, metric: str) -> Overall:
    value, baseline = found.metrics.get(metric), found.baseline.get(metric)
    direction = found.lower_is_better(metric)
    is_better = None
    if value is not None and baseline is not None and direction is not None and value != baseline:
        is_better = (value < baseline) == direction
    return Overall(metric, value, baseline, found.confidence.get(metric), is_better)


def _compare(made_by: Use | None, before: Version | None) -> str:
    """The page that puts the run of the version before beside this model's; "" where they are the same or not known."""
    this = made_by.execution.run_id if made_by else ""
    if not this or before is None or before.run_id in ("", this):
        return ""
    return "/compare?" + urlencode([("run", before.run_id), ("run", this)])
