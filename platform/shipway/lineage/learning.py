"""Which models learned from rows: the auditor's question, followed over whatever carries the rows' content.

A schema and statistics say something about rows and a verdict says something about a model, and whole histories of
models share them; a model that took no more than those from a span did not learn from its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shipway.lineage.artifact_uses import by_artifact, maker_event
from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions, executions_by_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.protos import Artifact, Event, Execution
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService

TELLING_ONLY = frozenset(
    {
        "ExampleAnomalies",
        "ExampleStatistics",
        "InfraBlessing",
        "Metrics",
        "ModelBlessing",
        "ModelEvaluation",
        "ModelReview",
        "PushedModel",
        "Schema",
    }
)
"""Types that speak of rows or models and are not learned from."""

MODEL = "Model"
History = Mapping[int, Sequence[Event]]
"""The events of each artifact."""


def models_that_learned_from(service: MetadataService, artifact_id: int) -> list[RecordedArtifact]:
    """Every Model whose training the rows of an artifact went into, however indirectly, by id; deleted ones too."""
    seen = {artifact_id}
    models: dict[int, Artifact] = {}
    frontier: History = by_artifact(events_of_artifacts(service, [artifact_id]))
    while frontier:
        made = {one: events for one, events in _made_from(service, frontier).items() if one not in seen}
        seen |= made.keys()
        carrying = [one for one in artifacts_by_id(service, made) if one.type not in TELLING_ONLY]
        models.update((one.id, one) for one in carrying if one.type == MODEL)
        frontier = {one.id: made[one.id] for one in carrying}
    return [to_recorded_artifact(models[one]) for one in sorted(models)]


def _made_from(service: MetadataService, frontier: History) -> History:
    """What executions made, or answered from the cache, of these artifacts."""
    consumers = {one.execution_id for events in frontier.values() for one in events if one.type in INPUTS}
    put_out = [one for one in events_of_executions(service, consumers) if one.type in OUTPUTS]
    history = by_artifact(events_of_artifacts(service, {one.artifact_id for one in put_out}))
    makers = {artifact_id: maker_event(events) for artifact_id, events in history.items()}
    made = {one.artifact_id for one in put_out if (m := makers[one.artifact_id]) and m.execution_id == one.execution_id}
    others = {one.execution_id for one in put_out if one.artifact_id not in made}
    cached = {one.id for one in executions_by_id(service, others) if one.last_known_state == Execution.CACHED}
    made |= {one.artifact_id for one in put_out if one.execution_id in cached}
    return {artifact_id: history[artifact_id] for artifact_id in sorted(made)}
