"""Telling lineage what the tasks of a run do; the one place where the runner's values become lineage's records."""

from __future__ import annotations

from collections.abc import Mapping

from shipway.lineage import ArtifactRecord, LineageQueries, TaskIdentity
from shipway.lineage.service_faults import ServiceFault
from shipway.lineage.spool import Recording
from shipway.lineage.spool.operation import Execution
from shipway.runner.outputs import NOTHING, ArtifactValue, Values
from shipway.runner.results import CANCELLED
from shipway.runner.scope import Node
from shipway.settings import MetadataAddress

MLMD_STATES = {CANCELLED: "CANCELED"}
"""States that ML Metadata spells another way."""

UNUSABLE = frozenset({"DELETED", "MARKED_FOR_DELETION", "ABANDONED"})
"""States of artifacts that stand in for no result: their files are gone, or a step that failed left them."""


class TaskRecorder:
    """Records the tasks of one run over one connection, to the store at `address`.

    A service that is down keeps no record from being made, they wait in the spool; what is asked of it raises a
    `ServiceFault`.
    """

    def __init__(self, address: MetadataAddress, pipeline: str, run_id: str) -> None:
        self.address = address
        self._recording = Recording.open(address)
        self._recording.catch_up()
        self._pipeline = pipeline
        self._run_id = run_id

    @property
    def queries(self) -> LineageQueries:
        return self._recording.queries()

    def close(self) -> None:
        self._recording.close()

    def hurry(self) -> None:
        """Wait for a service no more; a signal's handler may call it."""
        self._recording.hurry()

    def begin(self, node: Node, step: str, key: str) -> Execution:
        return self._recording.begin(
            self._identity(node, step), _records(node.inputs.artifacts), node.inputs.parameters, key
        )  # fmt: skip

    def complete(self, execution: Execution, outputs: Values) -> None:
        self._recording.complete(execution, _records(outputs.artifacts), outputs.parameters)

    def fail(self, execution: Execution, sentence: str, evidence: Values = NOTHING) -> None:
        self._recording.fail(execution, sentence, _records(evidence.artifacts))

    def cancel(self, execution: Execution) -> None:
        self._recording.cancel(execution)

    def cancel_run(self) -> None:
        """What still counts as running, of this run or an earlier life of it, is cancelled."""
        self._recording.cancel_run(self._run_id)

    def end_run(self, state: str) -> None:
        """The run has ended, for now, in one of the states of `results`."""
        self._recording.end_run(self._run_id, MLMD_STATES.get(state, state))

    def cached(self, node: Node, step: str, key: str, outputs: Values) -> None:
        self._recording.cached(
            self._identity(node, step),
            _records(node.inputs.artifacts),
            node.inputs.parameters,
            _records(outputs.artifacts),
            key,
            outputs.parameters,
        )

    def imported(self, node: Node, step: str, artifact: ArtifactValue, reimport: bool) -> None:
        self._recording.record_import(self._identity(node, step), _record(artifact), reimport)

    def knows(self, artifact: ArtifactValue) -> bool:
        """Whether lineage has the artifact, with this content, as one that a step may work with.

        What a Resolver left when it found nothing is not recorded, and needs no record.
        """
        if not artifact.resolved:
            return True
        found = self.queries.artifact_by_uri(artifact.uri)
        if found is None or found.state in UNUSABLE:
            return False
        return not found.digest or not artifact.digest or found.digest == artifact.digest

    def seems_known(self, artifact: ArtifactValue) -> bool:
        """`knows`, for who only wants to tell a person: False where lineage cannot be asked."""
        try:
            return self.knows(artifact)
        except ServiceFault:
            return False

    def _identity(self, node: Node, step: str) -> TaskIdentity:
        return TaskIdentity(self._pipeline, self._run_id, node.name, step)


def _records(artifacts: Mapping[str, list[ArtifactValue]]) -> dict[str, list[ArtifactRecord]]:
    return {name: [_record(artifact) for artifact in listed] for name, listed in artifacts.items()}


def _record(artifact: ArtifactValue) -> ArtifactRecord:
    return ArtifactRecord(artifact.type_name, artifact.uri, artifact.metadata, artifact.digest, artifact.name)
