"""Who made an artifact, who put it out again and who used it, newest first and no more of them than a person reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shipway.lineage.calls import events_of_artifacts, executions_by_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.messages import event_slots, to_recorded_execution
from shipway.lineage.protos import Event
from shipway.lineage.records import RecordedExecution
from shipway.lineage.service import MetadataService

MODEL_KEY = "model"
"""The key under which whoever judges, reviews or pushes a model takes it."""

STATISTICS_KEY = "statistics"
"""The key under which a validation takes the statistics that it judges."""


@dataclass(frozen=True)
class Use:
    """An execution and the key under which it has the artifact; "" where none is recorded."""

    execution: RecordedExecution
    key: str


@dataclass(frozen=True)
class ArtifactUses:
    """`again`: answered with the artifact from the cache, or found it, as a Resolver does. Counts are of all."""

    maker: Use | None
    again: Sequence[Use]
    again_count: int
    users: Sequence[Use]
    user_count: int


def maker_event(events: Iterable[Event]) -> Event | None:
    """Of an artifact's events, that of the execution which made it: the first that put it out."""
    return min((one for one in events if one.type in OUTPUTS), key=lambda one: one.execution_id, default=None)


def event_key(event: Event) -> str:
    slots = event_slots(event)
    return slots[0][0] if slots else ""


def by_artifact(events: Iterable[Event]) -> dict[int, list[Event]]:
    result: dict[int, list[Event]] = {}
    for event in events:
        result.setdefault(event.artifact_id, []).append(event)
    return result


def uses_of(service: MetadataService, artifact_id: int, most: int) -> ArtifactUses:
    """The uses of one artifact, at most `most` of a kind; none for an id that is not recorded."""
    events = events_of_artifacts(service, [artifact_id])
    maker = maker_event(events)
    put_out = _newest(one for one in events if one.type in OUTPUTS and one is not maker)
    taken = _newest(one for one in events if one.type in INPUTS)
    shown = [*([maker] if maker else []), *put_out[:most], *taken[:most]]
    executions = _executions(service, {one.execution_id for one in shown})
    return ArtifactUses(
        maker=_use(maker, executions) if maker else None,
        again=[_use(one, executions) for one in put_out[:most]],
        again_count=len(put_out),
        users=[_use(one, executions) for one in taken[:most]],
        user_count=len(taken),
    )


def makers_of(service: MetadataService, artifact_ids: Collection[int]) -> dict[int, Use]:
    """The maker of each artifact that has one."""
    found = by_artifact(events_of_artifacts(service, artifact_ids))
    makers = {artifact_id: maker for artifact_id, events in found.items() if (maker := maker_event(events))}
    executions = _executions(service, {one.execution_id for one in makers.values()})
    return {artifact_id: _use(one, executions) for artifact_id, one in makers.items()}


def _newest(events: Iterable[Event]) -> list[Event]:
    """One event of each execution, the newest execution first."""
    return sorted({one.execution_id: one for one in events}.values(), key=lambda one: -one.execution_id)


def _executions(service: MetadataService, ids: Collection[int]) -> dict[int, RecordedExecution]:
    return {one.id: to_recorded_execution(one) for one in executions_by_id(service, ids)}


def _use(event: Event, executions: Mapping[int, RecordedExecution]) -> Use:
    return Use(executions[event.execution_id], event_key(event))
