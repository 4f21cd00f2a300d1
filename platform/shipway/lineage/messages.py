"""From ML Metadata's messages to the dataclasses that callers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shipway.artifacts import DIGEST
from shipway.lineage.protos import Artifact, Event, Execution
from shipway.lineage.records import RecordedArtifact, RecordedExecution
from shipway.lineage.values import from_values

OUTPUT_PREFIX = "output:"
"""No parameter's name holds a colon, so what a step returned never meets what it was given."""
POD_NAME, POD_NAMESPACE = "pod_name", "pod_namespace"
"""Properties of an execution that a pod ran: whose end tells how it ended, where the pod was killed."""
RECORD_ID, STARTED_MS, ENDED_MS = "record_id", "started_ms", "ended_ms"
"""Properties of an execution that was recorded through a service: its record's stamp, and when it began and ended,
where the store was told of it late."""


def digest_of(artifact: Artifact) -> str:
    return artifact.custom_properties[DIGEST].string_value if DIGEST in artifact.custom_properties else ""


def to_recorded_artifact(artifact: Artifact) -> RecordedArtifact:
    metadata = from_values(artifact.properties, artifact.custom_properties)
    metadata.pop(DIGEST, None)
    return RecordedArtifact(
        id=artifact.id,
        type_name=artifact.type,
        uri=artifact.uri,
        name=artifact.name,
        state=Artifact.State.Name(artifact.state),
        digest=digest_of(artifact),
        metadata=metadata,
        created_ms=artifact.create_time_since_epoch,
    )


def to_recorded_execution(
    execution: Execution,
    inputs: Mapping[str, Sequence[RecordedArtifact]] | None = None,
    outputs: Mapping[str, Sequence[RecordedArtifact]] | None = None,
) -> RecordedExecution:
    own = from_values(execution.properties)
    parameters = from_values(execution.custom_properties)
    returned = sorted(name for name in parameters if name.startswith(OUTPUT_PREFIX))
    output_parameters = {name.removeprefix(OUTPUT_PREFIX): parameters.pop(name) for name in returned}
    ended_ms = _time(execution, ENDED_MS)
    return RecordedExecution(
        id=execution.id,
        pipeline=str(own.get("pipeline_name", "")),
        run_id=str(own.get("run_id", "")),
        task=str(own.get("component_id", "")),
        step=execution.type,
        state=Execution.State.Name(execution.last_known_state),
        cache_key=str(own.get("cache_key", "")),
        error=str(own.get("error", "")),
        parameters=parameters,
        output_parameters=output_parameters,
        started_ms=began_ms(execution),
        updated_ms=ended_ms or execution.last_update_time_since_epoch,
        inputs=inputs or {},
        outputs=outputs or {},
        pod_name=str(own.get(POD_NAME, "")),
        pod_namespace=str(own.get(POD_NAMESPACE, "")),
    )


def began_ms(execution: Execution) -> int:
    """When an execution began, since the epoch."""
    return _time(execution, STARTED_MS) or execution.create_time_since_epoch


def stamp_of(execution: Execution) -> str:
    """The id of the record that began an execution, "" for one that has none."""
    return execution.properties[RECORD_ID].string_value if RECORD_ID in execution.properties else ""


def _time(execution: Execution, name: str) -> int:
    return execution.properties[name].int_value if name in execution.properties else 0


def event_slots(event: Event) -> list[tuple[str, int]]:
    """The (key, index) pairs of an event's path; one artifact under two keys is one event with a longer path."""
    slots: list[tuple[str, int]] = []
    for step in event.path.steps:
        if step.HasField("key"):
            slots.append((step.key, 0))
        elif slots:
            slots[-1] = (slots[-1][0], step.index)
    return slots
