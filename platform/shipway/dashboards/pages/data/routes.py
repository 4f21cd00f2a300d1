"""`/data`: spans, statistics, anomalies and drift, schemas."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.view import id_in, recorded
from shipway.dashboards.pages.data.drift.lines import KINDS
from shipway.dashboards.pages.data.drift.view import drift_page
from shipway.dashboards.pages.data.overview import EXAMPLES, data_page, pipeline_page
from shipway.dashboards.pages.data.schemas.view import COLUMNS, schema_page
from shipway.dashboards.pages.data.schemas.view import Asked as AskedSchema
from shipway.dashboards.pages.data.statistics.asked import CHARTS, LONGEST_TEXT, SORTS, Asked
from shipway.dashboards.pages.data.statistics.comparable import STATISTICS, NoStatistics
from shipway.dashboards.pages.data.statistics.view import statistics_page
from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, viewer
from shipway.lineage import RecordedArtifact
from shipway.lineage.about_rows import about_rows

Viewer = Annotated[Person, Depends(viewer)]


class NoStatisticsYet(NotFound):
    """Rows of which nobody made statistics."""

    def __init__(self, examples: RecordedArtifact) -> None:
        super().__init__(
            f"No statistics of Examples {examples.id} are recorded: a pipeline makes some with the step statistics_gen."
        )


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/data")
    def data(request: Request, person: Viewer, before: str = "") -> Response:
        return site.render(request, "data/overview.html", page=data_page(site.queries(), id_in(before)))

    @routes.get("/data/pipeline/{pipeline:path}/drift")
    def drift(
        request: Request,
        person: Viewer,
        pipeline: str,
        feature: Annotated[list[str] | None, Query()] = None,
        kind: str = "",
        before: str = "",
    ) -> Response:
        page = drift_page(site.queries(), site.home, pipeline, kind, feature or [], id_in(before))
        return site.render(request, "data/drift.html", page=page, kinds=KINDS)

    @routes.get("/data/pipeline/{pipeline:path}/schema")
    def schema(
        request: Request,
        person: Viewer,
        pipeline: str,
        version: str = "",
        output: str = "",
        find: str = "",
        before: str = "",
    ) -> Response:
        asked = AskedSchema(version, output, find.strip()[:LONGEST_TEXT], id_in(before))
        page = schema_page(site.queries(), site.home, pipeline, asked)
        return site.render(request, "data/schema.html", page=page, titles=COLUMNS)

    @routes.get("/data/pipeline/{pipeline:path}")
    def one_pipeline(request: Request, person: Viewer, pipeline: str, before: str = "") -> Response:
        return site.render(request, "data/pipeline.html", page=pipeline_page(site.queries(), pipeline, id_in(before)))

    @routes.get("/data/{artifact_id}")
    def statistics(request: Request, person: Viewer, artifact_id: str) -> Response:
        artifact = recorded(site.queries(), artifact_id)
        if artifact.type_name == EXAMPLES:
            return RedirectResponse(f"/data/{_newest_statistics(site, artifact)}", 303)
        if artifact.type_name != STATISTICS:
            raise NoStatistics(artifact)
        page = statistics_page(site.queries(), site.home, artifact, Asked.of(request.query_params))
        return site.render(request, "data/statistics.html", page=page, charts=CHARTS, sorts=SORTS)

    return routes


def _newest_statistics(site: Site, examples: RecordedArtifact) -> int:
    about = about_rows(site.queries().service, [examples.id])[examples.id]
    if about.statistics is None:
        raise NoStatisticsYet(examples)
    return about.statistics.id
