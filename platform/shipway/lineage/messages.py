"""From ML Metadata's messages to the dataclasses that callers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shipway.artifacts import DIGEST
from shipway.lineage.protos import Artifact, Event, Execution
from shipway.lineage.records import RecordedArtifact, RecordedExecution
from shipway.lineage.values import from_value, from_values

OUTPUT_PREFIX = "output:"
"""No parameter's name holds a colon, so what a step returned never meets what it was given."""


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
    parameters = from_values(execution.custom_properties)
    returned = {name for name in parameters if name.startswith(OUTPUT_PREFIX)}
    own = {name: str(from_value(value)) for name, value in execution.properties.items()}
    return RecordedExecution(
        id=execution.id,
        pipeline=own.get("pipeline_name", ""),
        run_id=own.get("run_id", ""),
        task=own.get("component_id", ""),
        step=execution.type,
        state=Execution.State.Name(execution.last_known_state),
        cache_key=own.get("cache_key", ""),
        error=own.get("error", ""),
        parameters={name: value for name, value in parameters.items() if name not in returned},
        output_parameters={name.removeprefix(OUTPUT_PREFIX): parameters[name] for name in sorted(returned)},
        started_ms=execution.create_time_since_epoch,
        updated_ms=execution.last_update_time_since_epoch,
        inputs=inputs or {},
        outputs=outputs or {},
    )


def event_slots(event: Event) -> list[tuple[str, int]]:
    """The (key, index) pairs of an event's path; one artifact under two keys is one event with a longer path."""
    slots: list[tuple[str, int]] = []
    for step in event.path.steps:
        if step.HasField("key"):
            slots.append((step.key, 0))
        elif slots:
            slots[-1] = (slots[-1][0], step.index)
    return slots
