"""`/models/{id}/card`: a model's card as a page; `/models/{id}/card.md`: the same as Markdown."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from shipway.dashboards.pages.artifacts.view import recorded
from shipway.dashboards.pages.cards.card import card_of
from shipway.dashboards.pages.cards.content import Card
from shipway.dashboards.pages.cards.markdown import to_markdown
from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, viewer


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def card(artifact_id: str) -> Card:
        queries = site.queries()
        return card_of(site.home, queries, recorded(queries, artifact_id))

    @routes.get("/models/{artifact_id}/card")
    def page(request: Request, artifact_id: str, person: Annotated[Person, Depends(viewer)]) -> Response:
        return site.render(request, "cards/card.html", card=card(artifact_id))

    @routes.get("/models/{artifact_id}/card.md")
    def markdown(artifact_id: str, person: Annotated[Person, Depends(viewer)]) -> Response:
        return Response(to_markdown(card(artifact_id)), media_type="text/markdown; charset=utf-8")

    return routes
