"""`/models/{id}/review`: an operator approves or rejects a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.dashboards.pages.reviews.decision import Decision, decision_of
from shipway.dashboards.people import Person
from shipway.dashboards.site import PATIENCE_SECONDS, Site, operator
from shipway.lineage import RecordedArtifact
from shipway.lineage.opening import open_service
from shipway.lineage.reviews import MODEL, record_review
from shipway.settings import MetadataAddress


class NoReviews(NotFound):
    """An artifact that is no model."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        super().__init__(
            f"Artifact {artifact.id} is {artifact.type_name[:100]!r} and cannot be approved or rejected, which a Model "
            "can: look for the model that it belongs to in its lineage."
        )


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.post("/models/{artifact_id}/review")
    def review(
        artifact_id: str,
        person: Annotated[Person, Depends(operator)],
        decision: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
        name: Annotated[str, Form()] = "",
    ) -> Response:
        model = recorded(site.queries(), artifact_id)
        if model.type_name != MODEL:
            raise NoReviews(model)
        decided = decision_of(person, decision, name, reason)
        site.audit(person, decided.action, f"model {model.id}, decided by {decided.by}", decided.reason)
        _record(site, model.id, decided)
        return RedirectResponse(f"/models/{model.id}#reviews", 303)

    return routes


def _record(site: Site, model_id: int, decided: Decision) -> None:
    """Over a connection of its own: that of the pages only reads."""
    address = site.options.metadata or MetadataAddress(site.home.metadata_db)
    service = open_service(replace(address, patience_seconds=PATIENCE_SECONDS), create=False)
    try:
        record_review(service, model_id, decided.approved, decided.by, decided.reason)
    finally:
        service.close()
