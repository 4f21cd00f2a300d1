"""What lineage is written from and read into: plain dataclasses, so that no caller ever sees an ML Metadata message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MetadataValue = str | int | float

WITH_FILES = frozenset({"LIVE", "ABANDONED"})
"""States of artifacts whose files are there: what may be used, and evidence that a step left which failed."""


@dataclass(frozen=True)
class ArtifactRecord:
    """An artifact as a step hands it over for recording.

    `type_name` is TFX's name of the type, `metadata` is flat (nested data as one JSON string), `digest` is the digest
    of the content ("" when unknown), `name` is free text that ends up as a custom property ("" for none).
    """

    type_name: str
    uri: str
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    digest: str = ""
    name: str = ""


@dataclass(frozen=True)
class TaskIdentity:
    """One task of one run: `task` is the node's id inside the run, `step` the reference of the step it runs.

    `pod` is "namespace/name" of the pod that runs this try of it, "" where none does.
    """

    pipeline: str
    run_id: str
    task: str
    step: str
    pod: str = ""


ArtifactMap = Mapping[str, Sequence[ArtifactRecord]]


@dataclass(frozen=True)
class RecordedArtifact:
    """An artifact as the store has it. Times are milliseconds since the epoch.

    `state` is MLMD's: LIVE, DELETED, or ABANDONED for evidence that a failed execution left.
    """

    id: int
    type_name: str
    uri: str
    name: str
    state: str
    digest: str
    metadata: Mapping[str, MetadataValue]
    created_ms: int


@dataclass(frozen=True)
class RecordedExecution:
    """An execution as the store has it; `state` is one of RUNNING, COMPLETE, CACHED, FAILED, CANCELED.

    Parameters are as MLMD keeps them: booleans are 0 or 1, lists and dicts are JSON text with sorted keys.
    """

    id: int
    pipeline: str
    run_id: str
    task: str
    step: str
    state: str
    cache_key: str
    error: str
    parameters: Mapping[str, MetadataValue]
    output_parameters: Mapping[str, MetadataValue]
    started_ms: int
    updated_ms: int
    inputs: Mapping[str, Sequence[RecordedArtifact]] = field(default_factory=dict)
    outputs: Mapping[str, Sequence[RecordedArtifact]] = field(default_factory=dict)
    pod_name: str = ""
    pod_namespace: str = ""


@dataclass(frozen=True)
class RecordedRun:
    """A run that has recorded at least one execution."""

    run_id: str
    pipeline: str
    created_ms: int


@dataclass(frozen=True)
class LineageEdge:
    """An artifact went into (`is_output` False) or came out of an execution, under `key`."""

    execution_id: int
    artifact_id: int
    key: str
    is_output: bool


@dataclass(frozen=True)
class LineageGraph:
    """What lies up or down of the artifact `root`, every node once however often it is shared."""

    root: int
    artifacts: Mapping[int, RecordedArtifact]
    executions: Mapping[int, RecordedExecution]
    edges: Sequence[LineageEdge]

    def inputs_of(self, execution_id: int) -> list[RecordedArtifact]:
        return [self.artifacts[e.artifact_id] for e in self.edges if e.execution_id == execution_id and not e.is_output]

    def outputs_of(self, execution_id: int) -> list[RecordedArtifact]:
        return [self.artifacts[e.artifact_id] for e in self.edges if e.execution_id == execution_id and e.is_output]

    def producers_of(self, artifact_id: int) -> list[RecordedExecution]:
        return [self.executions[e.execution_id] for e in self.edges if e.artifact_id == artifact_id and e.is_output]

    def consumers_of(self, artifact_id: int) -> list[RecordedExecution]:
        return [self.executions[e.execution_id] for e in self.edges if e.artifact_id == artifact_id and not e.is_output]
