"""What steps found out about rows: the newest statistics of Examples, and what validation made of those.

A validation that stopped its run leaves its findings as evidence of a failed execution; one that broke, nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shipway.lineage.artifact_uses import STATISTICS_KEY, by_artifact, event_key
from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions, executions_by_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.messages import to_recorded_artifact, to_recorded_execution
from shipway.lineage.protos import Event, Execution
from shipway.lineage.records import RecordedArtifact, RecordedExecution
from shipway.lineage.service import MetadataService

VALIDATOR = "example_validator"
TRANSFORMED = frozenset(
    {
        "transformed_examples",
        "pre_transform_stats",
        "post_transform_stats",
        "pre_transform_schema",
        "post_transform_schema",
    }
)
"""Keys of what a Transform puts out: it speaks of the rows once more, or of what it made of them."""
USES_EACH_END = 15
"""Of a popular artifact the first and the last uses are looked at: it was looked into when it was new, or lately."""


@dataclass(frozen=True)
class AboutRows:
    """`failure`: the newest validation of the statistics, where that one failed; what it found may be there too."""

    statistics: RecordedArtifact | None = None
    anomalies: RecordedArtifact | None = None
    failure: RecordedExecution | None = None


def about_rows(service: MetadataService, examples_ids: Collection[int]) -> dict[int, AboutRows]:
    """What is known of each of the Examples, in seven calls for hundreds of them."""
    statistics = newest_products(service, examples_ids, "ExampleStatistics")
    ids = [one.id for one in statistics.values()]
    judges = _takers(service, ids, STATISTICS_KEY)
    anomalies = _newest_made(service, judges, "ExampleAnomalies")
    failures = _failures(service, judges)
    found = {}
    for examples_id in examples_ids:
        counted = statistics.get(examples_id)
        if counted is None:
            found[examples_id] = AboutRows()
        else:
            found[examples_id] = AboutRows(counted, anomalies.get(counted.id), failures.get(counted.id))
    return found


def newest_products(
    service: MetadataService, artifact_ids: Collection[int], type_name: str
) -> dict[int, RecordedArtifact]:
    """Of each artifact, the newest artifact of a type that an execution made which took it.

    What the cache gave again counts: it is about the same content. What a Transform made does not.
    """
    return _newest_made(service, _takers(service, artifact_ids), type_name)


def _newest_made(
    service: MetadataService, takers: Mapping[int, Sequence[int]], type_name: str
) -> dict[int, RecordedArtifact]:
    put_out = [
        one
        for one in events_of_executions(service, {taker for taken in takers.values() for taker in taken})
        if one.type in OUTPUTS and event_key(one) not in TRANSFORMED
    ]
    made = {
        one.id: to_recorded_artifact(one)
        for one in artifacts_by_id(service, [event.artifact_id for event in put_out])
        if one.type == type_name
    }
    by_taker = _artifacts_by_execution(one for one in put_out if one.artifact_id in made)
    newest = {
        artifact_id: max((made_id for taker in taken for made_id in by_taker.get(taker, ())), default=None)
        for artifact_id, taken in takers.items()
    }
    return {artifact_id: made[made_id] for artifact_id, made_id in newest.items() if made_id is not None}


def _takers(service: MetadataService, artifact_ids: Collection[int], key: str = "") -> Mapping[int, list[int]]:
    """The executions that took each artifact (under `key`, if given): the first ones and the last ones."""
    found = by_artifact(
        one for one in events_of_artifacts(service, artifact_ids) if one.type in INPUTS and key in ("", event_key(one))
    )
    return {artifact_id: _ends(sorted({one.execution_id for one in events})) for artifact_id, events in found.items()}


def _ends(ids: list[int]) -> list[int]:
    return ids if len(ids) <= 2 * USES_EACH_END else [*ids[:USES_EACH_END], *ids[-USES_EACH_END:]]


def _artifacts_by_execution(events: Iterable[Event]) -> Mapping[int, list[int]]:
    result: dict[int, list[int]] = {}
    for event in events:
        result.setdefault(event.execution_id, []).append(event.artifact_id)
    return result


def _failures(service: MetadataService, takers: Mapping[int, Sequence[int]]) -> dict[int, RecordedExecution]:
    """The newest validation of each of the statistics, where it failed."""
    executions = {
        one.id: one
        for one in executions_by_id(service, {taker for taken in takers.values() for taker in taken})
        if one.type.rpartition(".")[2] == VALIDATOR
    }
    failures = {}
    for artifact_id, taken in takers.items():
        newest = max((taker for taker in taken if taker in executions), default=None)
        if newest is not None and executions[newest].last_known_state == Execution.FAILED:
            failures[artifact_id] = to_recorded_execution(executions[newest])
    return failures
