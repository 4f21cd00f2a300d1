"""What became of models: the artifacts of executions that took a model under the key "model" to judge or push it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from shipway.lineage.artifact_uses import MODEL_KEY, by_artifact, event_key, maker_event
from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions, executions_by_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.messages import to_recorded_artifact, to_recorded_execution
from shipway.lineage.records import RecordedArtifact, RecordedExecution
from shipway.lineage.service import MetadataService


@dataclass(frozen=True)
class Outcome:
    """An artifact that speaks of a model, such as a ModelBlessing or a PushedModel, and the execution that made it."""

    artifact: RecordedArtifact
    execution: RecordedExecution


def outcomes_of(service: MetadataService, model_ids: Collection[int]) -> dict[int, list[Outcome]]:
    """The outcomes of each model, oldest first; what the cache or a Resolver gave again counts for its maker alone."""
    taken = [one for one in events_of_artifacts(service, model_ids) if one.type in INPUTS]
    models: dict[int, set[int]] = {}
    for event in taken:
        if event_key(event) == MODEL_KEY:
            models.setdefault(event.execution_id, set()).add(event.artifact_id)
    put_out = {one.artifact_id for one in events_of_executions(service, models) if one.type in OUTPUTS}
    makers = {
        artifact_id: maker.execution_id
        for artifact_id, events in by_artifact(events_of_artifacts(service, put_out)).items()
        if (maker := maker_event(events)) and maker.execution_id in models
    }
    executions = {one.id: to_recorded_execution(one) for one in executions_by_id(service, set(makers.values()))}
    result: dict[int, list[Outcome]] = {}
    for artifact in sorted(artifacts_by_id(service, makers), key=lambda one: one.id):
        outcome = Outcome(to_recorded_artifact(artifact), executions[makers[artifact.id]])
        for model_id in sorted(models[outcome.execution.id]):
            result.setdefault(model_id, []).append(outcome)
    return result
