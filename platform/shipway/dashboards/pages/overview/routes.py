"""`/`: where a person begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from shipway.dashboards.pages.overview.view import Overview, overview, overview_without_store
from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, viewer
from shipway.lineage.faults import MissingStore


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/")
    def first_page(request: Request, person: Annotated[Person, Depends(viewer)]) -> Response:
        return site.render(request, "overview/overview.html", overview=_seen(site))

    return routes


def _seen(site: Site) -> Overview:
    try:
        queries = site.queries()
    except MissingStore:
        return overview_without_store(site.home)
    return overview(site.home, queries)
