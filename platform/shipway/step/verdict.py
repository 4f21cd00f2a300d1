"""How a step says that the run must not go on, and leaves what it found out in lineage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shipway.artifacts import Artifact
from shipway.errors import ContractError, StepError


class StepVerdict(StepError):
    """Raised by a step that has done its work, and whose verdict ends the run.

    `evidence` are those of its outputs that it has finished and that the verdict rests on. They are published and
    recorded with the failed execution, for people, pages and alerts; no later step is ever given them. The other
    outputs go, as with every step that fails.

    `kept` is filled by whoever runs the step: the evidence that was published, by the names of the outputs, as an
    executor output lists artifacts.
    """

    def __init__(self, sentence: str, evidence: Sequence[Artifact]) -> None:
        super().__init__(sentence)
        self.evidence = tuple(evidence)
        self.kept: dict[str, Any] = {}

    def outputs_among(self, step: str, outputs: dict[str, Artifact]) -> dict[str, Artifact]:
        """The evidence by the names that it has as outputs of `step`. Raises `NotAnOutput`."""
        names = {id(artifact): name for name, artifact in outputs.items()}
        for artifact in self.evidence:
            if id(artifact) not in names:
                raise NotAnOutput(step, artifact)
        return {names[id(artifact)]: artifact for artifact in self.evidence}


class NotAnOutput(ContractError):
    """Evidence that the step did not make."""

    def __init__(self, step: str, artifact: Artifact) -> None:
        super().__init__(
            f"Step {step!r} gives {artifact.uri!r} as evidence, which is none of its outputs: give artifacts that it "
            "declares as Output."
        )
