"""`/pipelines` and `/pipelines/{pipeline}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from shipway.dashboards.pages.pipelines.view import pipeline_page, pipelines_page
from shipway.dashboards.people import Person
from shipway.dashboards.runs.newest import NewestArtifacts
from shipway.dashboards.runs.shelf import shelf_of
from shipway.dashboards.site import Site, viewer

Viewer = Annotated[Person, Depends(viewer)]


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    shelf = shelf_of(site)
    artifacts = NewestArtifacts(site.queries)

    @routes.get("/pipelines")
    def pipelines(request: Request, person: Viewer, page: int = 1) -> Response:
        found = pipelines_page(shelf.listing(), shelf.summaries, artifacts, page)
        return site.render(request, "pipelines/pipelines.html", page=found)

    @routes.get("/pipelines/{pipeline:path}")
    def one_pipeline(request: Request, person: Viewer, pipeline: str, before: str = "") -> Response:
        found = pipeline_page(
            site.home, site.queries, shelf.listing(), shelf.summaries, artifacts, pipeline, before
        )  # fmt: skip
        return site.render(request, "pipelines/pipeline.html", page=found)

    return routes
