"""`/compare?run=A&run=B`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from shipway.dashboards.pages.compare.view import compare_page
from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, viewer


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/compare")
    def compare(
        request: Request,
        person: Annotated[Person, Depends(viewer)],
        run: Annotated[list[str] | None, Query()] = None,
        show: str = "",
        order: str = "",
    ) -> Response:
        page = compare_page(site.home, site.queries, run or [], show == "all", order == "time")
        return site.render(request, "compare/compare.html", page=page)

    return routes
