"""`/lineage/{id}`: the graph; `/lineage/{id}/story`: of a model; `/lineage/{id}/models`: of rows."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from shipway.dashboards.pages.artifacts.view import recorded
from shipway.dashboards.pages.lineage.asked import DIRECTIONS, Asked
from shipway.dashboards.pages.lineage.folding.levels import AUTO, LEVELS
from shipway.dashboards.pages.lineage.models import models_of
from shipway.dashboards.pages.lineage.story import story_of
from shipway.dashboards.pages.lineage.view import lineage_page
from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, viewer
from shipway.lineage import LineageQueries
from shipway.lineage.learning import Learning


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @lru_cache(maxsize=1)
    def learning_in(queries: LineageQueries) -> Learning:
        return Learning(queries.service)

    @routes.get("/lineage/{artifact_id}")
    def lineage(
        request: Request,
        artifact_id: str,
        person: Annotated[Person, Depends(viewer)],
        opened: Annotated[list[str] | None, Query(alias="open")] = None,
        direction: str = "",
        depth: str = "",
        fold: str = "",
        find: str = "",
    ) -> Response:
        queries = site.queries()
        artifact = recorded(queries, artifact_id)
        asked = Asked.of(artifact.id, direction, depth, fold, find, opened or ())
        page = lineage_page(queries, artifact, asked)
        return site.render(request, "lineage/graph.html", page=page, directions=DIRECTIONS, levels=(AUTO, *LEVELS))

    @routes.get("/lineage/{artifact_id}/story")
    def story(request: Request, artifact_id: str, person: Annotated[Person, Depends(viewer)]) -> Response:
        return site.render(request, "lineage/story.html", story=story_of(site.queries(), artifact_id))

    @routes.get("/lineage/{artifact_id}/models")
    def models(
        request: Request,
        artifact_id: str,
        person: Annotated[Person, Depends(viewer)],
        page: str = "1",
        everything: Annotated[str, Query(alias="all")] = "",
    ) -> Response:
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
        queries = site.queries()
        found = models_of(queries, learning_in(queries), artifact_id, number, bool(everything))
        return site.render(request, "lineage/models.html", models=found)

    return routes
