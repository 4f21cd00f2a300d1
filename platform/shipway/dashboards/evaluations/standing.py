"""What became of a model, in few words: whether it was blessed, what was found of it, and where it was pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.lineage import RecordedArtifact
from shipway.lineage.outcomes import Outcome

MODEL, PUSHED_MODEL, EVALUATION = "Model", "PushedModel", "ModelEvaluation"
MODEL_BLESSING, INFRA_BLESSING = "ModelBlessing", "InfraBlessing"


@dataclass(frozen=True)
class Standing:
    """`blessed`: what its newest ModelBlessing says, None where none says anything; `evaluation`: the newest.

    `pushes`: PushedModels that say where it lies, the oldest first.
    """

    blessed: bool | None
    evaluation: RecordedArtifact | None
    pushes: Sequence[Outcome]


def standing_of(outcomes: Sequence[Outcome]) -> Standing:
    """The standing of a model with these outcomes, which are its own and come oldest first."""
    artifacts = [one.artifact for one in outcomes]
    verdicts = [one.metadata.get("blessed") for one in artifacts if one.type_name == MODEL_BLESSING]
    said = [bool(one) for one in verdicts if one is not None]
    evaluations = [one for one in artifacts if one.type_name == EVALUATION]
    return Standing(
        blessed=said[-1] if said else None,
        evaluation=evaluations[-1] if evaluations else None,
        pushes=[one for one in outcomes if one.artifact.type_name == PUSHED_MODEL and is_pushed(one.artifact)],
    )


def is_pushed(pushed: RecordedArtifact) -> bool:
    """Whether the model went where it should: a push that was refused is recorded too."""
    return bool(pushed.metadata.get("pushed", 1))
