"""What executions took, by key: a verdict or a push speaks of one thing that its execution was given."""

from __future__ import annotations

from collections.abc import Collection

from shipway.lineage.calls import artifacts_by_id, events_of_executions
from shipway.lineage.graph import INPUTS
from shipway.lineage.messages import event_slots, to_recorded_artifact
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService

InputsByKey = dict[str, list[RecordedArtifact]]


def inputs_of(service: MetadataService, execution_ids: Collection[int]) -> dict[int, InputsByKey]:
    """The inputs of each execution in the order in which they were recorded; "" is the key where none is."""
    events = [one for one in events_of_executions(service, execution_ids) if one.type in INPUTS]
    artifacts = {one.id: to_recorded_artifact(one) for one in artifacts_by_id(service, [e.artifact_id for e in events])}
    result: dict[int, InputsByKey] = {one: {} for one in execution_ids}
    for event in events:
        for key in dict.fromkeys(key for key, _ in event_slots(event)) or [""]:
            result[event.execution_id].setdefault(key, []).append(artifacts[event.artifact_id])
    return result
