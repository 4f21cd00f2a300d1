"""`/`: where a person begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from shipway.dashboards.pages.overview.view import overview
from shipway.dashboards.people import Person
from shipway.dashboards.runs.shelf import shelf_of
from shipway.dashboards.site import Site, viewer


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    shelf = shelf_of(site)

    @routes.get("/")
    def first_page(request: Request, person: Annotated[Person, Depends(viewer)]) -> Response:
        return site.render(request, "overview/overview.html", overview=overview(shelf))

    return routes
