"""When artifacts were last used and by which runs: what a collector of old ones wants to know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from shipway.lineage.calls import events_of_artifacts, executions_by_id
from shipway.lineage.protos import Execution
from shipway.lineage.service import MetadataService


@dataclass(frozen=True)
class Usage:
    """`last_ms`: when the latest execution that read, made or reused the artifact began, since the epoch."""

    last_ms: int
    run_ids: frozenset[str]


NEVER = Usage(0, frozenset())


def usage_of(service: MetadataService, artifact_ids: Collection[int]) -> dict[int, Usage]:
    """The usage of each artifact that any execution has an event with."""
    events = events_of_artifacts(service, artifact_ids)
    found = executions_by_id(service, {event.execution_id for event in events})
    executions = {one.id: (one.create_time_since_epoch, _run_id(one)) for one in found}
    used: dict[int, list[tuple[int, str]]] = {}
    for event in events:
        used.setdefault(event.artifact_id, []).append(executions[event.execution_id])
    return {
        artifact_id: Usage(max(moment for moment, _ in uses), frozenset(run for _, run in uses))
        for artifact_id, uses in used.items()
    }


def _run_id(execution: Execution) -> str:
    return execution.properties["run_id"].string_value
