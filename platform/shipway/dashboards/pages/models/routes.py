"""`/models`: the registry; `/models/pipeline/{pipeline}`: versions over time; `/models/{id}`: one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from shipway.dashboards.pages.models import registry as registered
from shipway.dashboards.pages.models import versions as over_time
from shipway.dashboards.pages.models.asked import LONGEST, Asked
from shipway.dashboards.pages.models.finding import model_of
from shipway.dashboards.pages.models.newest import NewestModels
from shipway.dashboards.pages.models.one_model import model_page
from shipway.dashboards.people import Person
from shipway.dashboards.runs.shelf import shelf_of
from shipway.dashboards.serving.fleet import fleet_of
from shipway.dashboards.site import Site, viewer
from shipway.errors import EnvironmentFault
from shipway.lineage.faults import MissingStore

Viewer = Annotated[Person, Depends(viewer)]


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    shelf = shelf_of(site)
    newest = NewestModels(site.queries)

    @routes.get("/models")
    def registry(request: Request, person: Viewer, q: str = "", verdict: str = "", after: str = "") -> Response:
        chosen = verdict if verdict in registered.VERDICTS else ""
        asked = registered.Asked(q.strip()[:LONGEST], chosen, after)
        listing = shelf.listing()
        page, problems = None, list(listing.problems)
        try:
            page = registered.registry(
                site.home, site.queries(), newest, fleet_of(site).served(), list(listing.by_pipeline), asked
            )
        except MissingStore:
            raise
        except EnvironmentFault as fault:
            problems.append(str(fault))
        return site.render(
            request, "models/registry.html", page=page, asked=asked, verdicts=registered.VERDICTS, problems=problems
        )  # fmt: skip

    @routes.get("/models/pipeline/{pipeline:path}")
    def versions(
        request: Request,
        person: Viewer,
        pipeline: str,
        metric: Annotated[list[str] | None, Query()] = None,
        slice: str = "",
        below: str = "",
    ) -> Response:
        number = int(below) if below.isascii() and below.isdecimal() and len(below) < 19 else None
        metrics = [one[:LONGEST] for one in metric or () if one]
        asked = over_time.Asked(pipeline, metrics, slice.strip()[:LONGEST], number)
        page = over_time.versions_page(site.home, site.queries(), fleet_of(site).served(), asked)
        return site.render(request, "models/pipeline.html", page=page)

    @routes.get("/models/{artifact_id}")
    def model(request: Request, person: Viewer, artifact_id: str) -> Response:
        queries = site.queries()
        found = model_of(queries, artifact_id)
        asked = Asked.of(found.id, dict(request.query_params))
        if str(found.id) != artifact_id:
            return RedirectResponse(f"/models/{found.id}", 307)
        page = model_page(site.home, queries, fleet_of(site).served(), found, asked)
        return site.render(request, "models/model.html", page=page, model_id=found.id, reviews=page.reviews)

    return routes
