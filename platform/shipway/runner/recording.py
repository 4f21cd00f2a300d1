"""Telling lineage what the tasks of a run do; the one place where the runner's values become lineage's records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.runner.outputs import ArtifactValue, Values
from shipway.runner.scope import Node

DELETED_STATES = frozenset({"DELETED", "MARKED_FOR_DELETION", "ABANDONED"})


class TaskRecorder:
    """Records the tasks of one run over one connection."""

    def __init__(self, metadata: Path, pipeline: str, run_id: str) -> None:
        self._lineage = Lineage.open(metadata)
        self._pipeline = pipeline
        self._run_id = run_id

    @property
    def queries(self) -> LineageQueries:
        return self._lineage.queries()

    def close(self) -> None:
        self._lineage.close()

    def begin(self, node: Node, step: str, key: str) -> int:
        return self._lineage.begin(
            self._identity(node, step), _records(node.inputs.artifacts), node.inputs.parameters, key
        )  # fmt: skip

    def complete(self, execution_id: int, outputs: Values) -> None:
        self._lineage.complete(execution_id, _records(outputs.artifacts), outputs.parameters)

    def fail(self, execution_id: int, sentence: str) -> None:
        self._lineage.fail(execution_id, sentence)

    def cancel(self, execution_id: int) -> None:
        self._lineage.cancel(execution_id)

    def cancel_run(self) -> None:
        """What still counts as running, of this run or an earlier life of it, is cancelled."""
        self._lineage.cancel_run(self._run_id)

    def cached(self, node: Node, step: str, key: str, outputs: Values) -> None:
        self._lineage.cached(
            self._identity(node, step),
            _records(node.inputs.artifacts),
            node.inputs.parameters,
            _records(outputs.artifacts),
            key,
            outputs.parameters,
        )

    def imported(self, node: Node, step: str, artifact: ArtifactValue, reimport: bool) -> None:
        self._lineage.record_import(self._identity(node, step), _record(artifact), reimport)

    def knows(self, artifact: ArtifactValue) -> bool:
        """Whether lineage has the artifact, with this content, and its files have not been deleted on purpose.

        What a Resolver left when it found nothing is not recorded, and needs no record.
        """
        if not artifact.resolved:
            return True
        found = self.queries.artifact_by_uri(artifact.uri)
        if found is None or found.state in DELETED_STATES:
            return False
        return not found.digest or not artifact.digest or found.digest == artifact.digest

    def _identity(self, node: Node, step: str) -> TaskIdentity:
        return TaskIdentity(self._pipeline, self._run_id, node.name, step)


def _records(artifacts: Mapping[str, list[ArtifactValue]]) -> dict[str, list[ArtifactRecord]]:
    return {name: [_record(artifact) for artifact in listed] for name, listed in artifacts.items()}


def _record(artifact: ArtifactValue) -> ArtifactRecord:
    return ArtifactRecord(artifact.type_name, artifact.uri, artifact.metadata, artifact.digest, artifact.name)
