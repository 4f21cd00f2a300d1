"""What artifacts were made from, by the keys under which their makers took it: one step up, for many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shipway.lineage.artifact_uses import Use, event_key, makers_of
from shipway.lineage.calls import artifacts_by_id, events_of_executions
from shipway.lineage.graph import INPUTS
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService


@dataclass(frozen=True)
class Origins:
    """The maker of an artifact, and what it took; of several under one key, the newest."""

    maker: Use
    taken: Mapping[str, RecordedArtifact]


def ingredients_of(service: MetadataService, artifact_ids: Collection[int]) -> dict[int, Origins]:
    """The origins of each artifact that a recorded execution made."""
    makers = makers_of(service, artifact_ids)
    events = events_of_executions(service, {one.execution.id for one in makers.values()})
    inputs = [one for one in events if one.type in INPUTS]
    artifacts = {
        one.id: to_recorded_artifact(one) for one in artifacts_by_id(service, [one.artifact_id for one in inputs])
    }
    taken: dict[int, dict[str, RecordedArtifact]] = {}
    for event in sorted(inputs, key=lambda one: one.artifact_id):
        taken.setdefault(event.execution_id, {})[event_key(event)] = artifacts[event.artifact_id]
    return {artifact_id: Origins(maker, taken.get(maker.execution.id, {})) for artifact_id, maker in makers.items()}
