"""Verdicts on a model: what was found of it, by which step, on which rows and against which other model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations.standing import EVALUATION, INFRA_BLESSING, MODEL_BLESSING
from shipway.dashboards.evaluations.summaries import summary_of
from shipway.dashboards.runs.texts import plain
from shipway.lineage import RecordedArtifact, RecordedExecution
from shipway.lineage.execution_inputs import InputsByKey, inputs_of
from shipway.lineage.outcomes import Outcome
from shipway.lineage.service import MetadataService

EXAMPLES, BASELINE_KEY = "Examples", "baseline_model"
METRICS_SHOWN = 12


@dataclass(frozen=True)
class Verdict:
    """What a judge found. `blessed` is None where the verdict does not say; `metrics` are overall, as texts.

    `evaluation` is what the same step wrote down, `baseline` the model that it compared with.
    """

    blessing: RecordedArtifact
    execution: RecordedExecution
    blessed: bool | None
    reasons: Sequence[str]
    note: str
    evaluation: RecordedArtifact | None
    metrics: Sequence[tuple[str, str]]
    examples: Sequence[RecordedArtifact]
    baseline: RecordedArtifact | None

    @property
    def is_of_infra(self) -> bool:
        """Whether it says that the model can be served, and nothing of how good it is."""
        return self.blessing.type_name == INFRA_BLESSING


def blessings_in(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The verdicts among what became of a model."""
    return [one for one in outcomes if one.artifact.type_name in (MODEL_BLESSING, INFRA_BLESSING)]


def newest_of_each_kind(blessings: Iterable[Outcome]) -> list[Outcome]:
    """The newest ModelBlessing and the newest InfraBlessing, of those that come oldest first."""
    return list({one.artifact.type_name: one for one in blessings}.values())


def verdicts_of(
    service: MetadataService, blessings: Sequence[Outcome], outcomes: Sequence[Outcome]
) -> list[Verdict]:  # fmt: skip
    """The verdicts that these blessings are; `outcomes` are all of the model's."""
    inputs = inputs_of(service, [one.execution.id for one in blessings])
    return [_verdict(one, inputs[one.execution.id], outcomes) for one in blessings]


def _verdict(outcome: Outcome, inputs: InputsByKey, outcomes: Iterable[Outcome]) -> Verdict:
    beside = [one.artifact for one in outcomes if one.execution.id == outcome.execution.id]
    evaluation = next((one for one in beside if one.type_name == EVALUATION), None)
    said = outcome.artifact.metadata
    blessed = said.get("blessed")
    return Verdict(
        blessing=outcome.artifact,
        execution=outcome.execution,
        blessed=None if blessed is None else bool(blessed),
        reasons=_texts(said.get("reasons")),
        note=plain(said.get("note") or ""),
        evaluation=evaluation,
        metrics=_metrics(evaluation) if evaluation else (),
        examples=[one for taken in inputs.values() for one in taken if one.type_name == EXAMPLES],
        baseline=next(iter(inputs.get(BASELINE_KEY, ())), None),
    )


def _texts(value: object) -> list[str]:
    """A JSON list of texts; what is none is shown as it is."""
    try:
        found = json.loads(plain(value))
    except (ValueError, RecursionError):
        found = None
    return [plain(one) for one in found] if isinstance(found, list) else [plain(value)] if value else []


def _metrics(evaluation: RecordedArtifact) -> list[tuple[str, str]]:
    numbers = summary_of(evaluation).metrics
    return [(name, f"{value:.6g}") for name, value in sorted(numbers.items())][:METRICS_SHOWN]
