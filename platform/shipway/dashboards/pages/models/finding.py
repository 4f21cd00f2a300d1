"""The model that an address names: a Model by its id, or by that of a push of it."""

from __future__ import annotations

from shipway.dashboards.evaluations.standing import MODEL, PUSHED_MODEL
from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import makers_of
from shipway.lineage.execution_inputs import inputs_of
from shipway.lineage.service import MetadataService


class NoModel(NotFound):
    """An artifact that is no model, or a push of which no model is recorded."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        is_push = artifact.type_name == PUSHED_MODEL
        what = "is a push, and no model is recorded that was pushed" if is_push else "is none"
        super().__init__(
            f"This page is of models, and artifact {artifact.id}, {artifact.type_name[:100]!r}, {what}: look at its "
            "own page, or at the list of models."
        )


def model_of(queries: LineageQueries, artifact_id: str) -> RecordedArtifact:
    """The model of that id, or the one that was pushed under it. Raises `NoSuchArtifact` and `NoModel`."""
    artifact = recorded(queries, artifact_id)
    model = pushed_model(queries.service, artifact) if artifact.type_name == PUSHED_MODEL else artifact
    if model is None or model.type_name != MODEL:
        raise NoModel(artifact)
    return model


def pushed_model(service: MetadataService, pushed: RecordedArtifact) -> RecordedArtifact | None:
    """What a push was given."""
    maker = makers_of(service, [pushed.id]).get(pushed.id)
    if maker is None:
        return None
    taken = inputs_of(service, [maker.execution.id])[maker.execution.id]
    return next((one for own in taken.values() for one in own if one.type_name == MODEL), None)
