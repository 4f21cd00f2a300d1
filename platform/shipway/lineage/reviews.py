"""People's decisions on models: who approved or rejected one, when and why.

A decision is an execution that took the model under the key "model", as those of judges do, and put out a ModelReview.
It is in the context of the model's pipeline and in that of no run, and names neither among its properties: whoever
counts runs and steps passes it over. Decisions are added and never changed; of a model the newest counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from shipway.errors import InputError
from shipway.lineage.artifact_uses import MODEL_KEY, event_key, makers_of
from shipway.lineage.calls import artifacts_by_id, call, events_of_artifacts, events_of_executions
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.linking import new_artifact
from shipway.lineage.protos import Artifact, ArtifactAndEvent, Context, Event, Execution
from shipway.lineage.records import ArtifactRecord, MetadataValue
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE, TypeRegistry
from shipway.lineage.values import clean, from_values, to_value

MODEL, MODEL_REVIEW = "Model", "ModelReview"
STEP, TASK, REVIEW_KEY = "shipway.lineage.reviews", "review", "review"
APPROVED = 1


@dataclass(frozen=True)
class Review:
    """One decision. `by` is who decided, `decided_ms` when, since the epoch; `artifact_id` is its ModelReview's."""

    model_id: int
    approved: bool
    by: str
    reason: str
    decided_ms: int
    artifact_id: int


class NotAModel(InputError):
    """Only models are decided on."""

    def __init__(self, artifact_id: int, type_name: str = "") -> None:
        what = f"artifact {artifact_id} is {type_name!r}" if type_name else f"no artifact {artifact_id} is recorded"
        super().__init__(f"Only a Model can be approved or rejected, and {what}: give the id of a Model.")


def record_review(service: MetadataService, model_id: int, approved: bool, by: str, reason: str) -> Review:
    """Record a decision on a model, all or nothing; it is not kept for later where the store is out of reach.

    Raises `NotAModel`, and the `EnvironmentFault` of a store that cannot be written or reached.
    """
    with service.exclusive():
        model = next(iter(artifacts_by_id(service, [model_id])), None)
        if model is None or model.type != MODEL:
            raise NotAModel(model_id, model.type if model else "")
        types, name = TypeRegistry(service), f"review/{model_id}/{uuid.uuid4().hex}"
        said: dict[str, MetadataValue] = {"approved": int(approved), "by": by, "reason": reason}
        response = call(
            service,
            "PutExecution",
            execution=_execution(types, name, said),
            artifact_event_pairs=[_taken(model_id), _made(types, name, said)],
            contexts=_contexts(service, types, model_id),
            options={"reuse_context_if_already_exist": True},
        )
        stored = artifacts_by_id(service, set(response.artifact_ids) - {model_id})
    return _review(model_id, stored[0])


def reviews_of(service: MetadataService, model_ids: Collection[int]) -> dict[int, list[Review]]:
    """The decisions on each of the models, the newest first; [] where nobody has decided."""
    models: dict[int, set[int]] = {}
    for event in events_of_artifacts(service, model_ids):
        if event.type in INPUTS and event_key(event) == MODEL_KEY:
            models.setdefault(event.execution_id, set()).add(event.artifact_id)
    made = {
        one.artifact_id: one.execution_id
        for one in events_of_executions(service, models)
        if one.type in OUTPUTS and event_key(one) == REVIEW_KEY
    }
    result: dict[int, list[Review]] = {model_id: [] for model_id in model_ids}
    for artifact in sorted(artifacts_by_id(service, made), key=lambda one: -one.id):
        if artifact.type == MODEL_REVIEW and artifact.state == Artifact.LIVE:
            for model_id in sorted(models[made[artifact.id]]):
                result[model_id].append(_review(model_id, artifact))
    return result


def is_rejected(service: MetadataService, model_id: int) -> bool:
    """Whether the newest decision on a model says no."""
    reviews = reviews_of(service, [model_id])[model_id]
    return bool(reviews) and not reviews[0].approved


def _review(model_id: int, artifact: Artifact) -> Review:
    said = from_values(artifact.properties, artifact.custom_properties)
    return Review(
        model_id=model_id,
        approved=said.get("approved") == APPROVED,
        by=str(said.get("by", "")),
        reason=str(said.get("reason", "")),
        decided_ms=artifact.create_time_since_epoch,
        artifact_id=artifact.id,
    )


def _execution(types: TypeRegistry, name: str, said: dict[str, MetadataValue]) -> Execution:
    execution = Execution(
        type_id=types.execution(STEP), name=name, external_id=name, last_known_state=Execution.COMPLETE
    )
    execution.properties["component_id"].string_value = TASK
    for key, value in said.items():
        execution.custom_properties[key].CopyFrom(to_value(value))
    return execution


def _taken(model_id: int) -> ArtifactAndEvent:
    pair = ArtifactAndEvent(event=Event(type=Event.INPUT, artifact_id=model_id))
    return _under(MODEL_KEY, pair)


def _made(types: TypeRegistry, name: str, said: dict[str, MetadataValue]) -> ArtifactAndEvent:
    pair = ArtifactAndEvent(event=Event(type=Event.OUTPUT))
    pair.artifact.CopyFrom(new_artifact(types, ArtifactRecord(MODEL_REVIEW, "", said), name))
    return _under(REVIEW_KEY, pair)


def _under(key: str, pair: ArtifactAndEvent) -> ArtifactAndEvent:
    pair.event.path.steps.add(key=key)
    pair.event.path.steps.add(index=0)
    return pair


def _contexts(service: MetadataService, types: TypeRegistry, model_id: int) -> list[Context]:
    """That of the pipeline which made the model; none for a model from outside."""
    maker = makers_of(service, [model_id]).get(model_id)
    pipeline = maker.execution.pipeline if maker else ""
    return [Context(type_id=types.context(PIPELINE), name=clean(pipeline))] if pipeline else []
