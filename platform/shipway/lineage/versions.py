"""The versions of one thing: what the same task of the same pipeline put out under the same key, run after run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.lineage.artifact_uses import Use, event_key
from shipway.lineage.calls import OrderBy, artifacts_by_id, call, context_by_name, events_of_executions
from shipway.lineage.graph import OUTPUTS
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.protos import Execution, ListOperationOptions
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService
from shipway.lineage.types import NODE
from shipway.lineage.values import clean


@dataclass(frozen=True)
class Version:
    """An artifact and the run that made it."""

    artifact: RecordedArtifact
    run_id: str


@dataclass(frozen=True)
class Versions:
    """The nearest versions before and after an artifact, each list the nearest first."""

    before: Sequence[Version]
    after: Sequence[Version]


def versions_of(service: MetadataService, maker: Use, each_way: int) -> Versions:
    """The versions around what `maker` made, at most `each_way` before and after; what the cache gave is no version."""
    node = clean(f"{maker.execution.pipeline}.{maker.execution.task}")
    context = context_by_name(service, NODE, node)
    if context is None:
        return Versions([], [])
    before, after = (_nearest(service, context.id, maker.execution.id, each_way, up) for up in (False, True))
    made = _outputs(service, [*before, *after], maker.key)
    return Versions(
        before=[version for one in before for version in made.get(one.id, ())],
        after=[version for one in after for version in made.get(one.id, ())],
    )


def _nearest(service: MetadataService, context_id: int, execution_id: int, most: int, after: bool) -> list[Execution]:
    """The executions of a context that finished, nearest to `execution_id`."""
    options = ListOperationOptions(
        max_result_size=most,
        order_by_field=OrderBy(field=OrderBy.Field.ID, is_asc=after),
        filter_query=f"id {'>' if after else '<'} {int(execution_id)} AND last_known_state = COMPLETE",
    )
    return list(call(service, "GetExecutionsByContext", context_id=context_id, options=options).executions)


def _outputs(service: MetadataService, executions: Sequence[Execution], key: str) -> dict[int, list[Version]]:
    """What each execution put out under `key`."""
    runs = {one.id: one.properties["run_id"].string_value for one in executions}
    events = [one for one in events_of_executions(service, runs) if one.type in OUTPUTS and event_key(one) == key]
    artifacts = {one.id: to_recorded_artifact(one) for one in artifacts_by_id(service, [e.artifact_id for e in events])}
    result: dict[int, list[Version]] = {}
    for event in events:
        version = Version(artifacts[event.artifact_id], runs[event.execution_id])
        result.setdefault(event.execution_id, []).append(version)
    return result
