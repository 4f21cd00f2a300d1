"""`/runs`, `/runs/{run}` with its tasks and their logs, and the form that resumes a run."""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.runs.list_view import runs_page
from shipway.dashboards.pages.runs.run_view import RunPage, run_page
from shipway.dashboards.pages.runs.task_routes import add_task_routes
from shipway.dashboards.people import Person
from shipway.dashboards.runs.finding import Wanted
from shipway.dashboards.runs.resuming import Resumer
from shipway.dashboards.runs.shelf import shelf_of
from shipway.dashboards.site import Site, operator, viewer
from shipway.runner.run_store import UnknownRun

Viewer = Annotated[Person, Depends(viewer)]
Operator = Annotated[Person, Depends(operator)]
LONGEST_FILTER = 500
FOLDING = {"all": False, "folded": True}


def router(site: Site) -> APIRouter:
    """Names may hold slashes, so what is more particular stands before what is less."""
    routes = APIRouter()
    _add_list(routes, site)
    add_task_routes(routes, site)
    _add_resuming(routes, site)
    _add_run(routes, site)
    return routes


def _add_list(routes: APIRouter, site: Site) -> None:
    shelf = shelf_of(site)

    @routes.get("/runs")
    def runs(
        request: Request,
        person: Viewer,
        pipeline: str = "",
        state: str = "",
        q: Annotated[str, Query(max_length=LONGEST_FILTER)] = "",
        before: str = "",
    ) -> Response:
        page = runs_page(shelf.listing(), shelf.summaries, Wanted(pipeline, state, q.strip()), before)
        return site.render(request, "runs/list.html", page=page)


def _add_resuming(routes: APIRouter, site: Site) -> None:
    resumer = Resumer(site.home, site.options.metadata)

    @routes.post("/runs/{run:path}/resume")
    def resume(person: Operator, run: str, reason: Annotated[str, Form()] = "") -> Response:
        try:
            resumer.check(run)
        except UnknownRun as error:
            raise NotFound(str(error)[:1000]) from error
        site.audit(person, "resume", run, reason)
        resumer.resume(run)
        return RedirectResponse(f"/runs/{quote(run, safe='')}", 303)


def _add_run(routes: APIRouter, site: Site) -> None:
    @routes.get("/runs/{run:path}/live")
    def live(request: Request, person: Viewer, run: str, page: int = 1, loops: str = "") -> Response:
        """The parts of a run's page that change while it goes on."""
        found = run_page(site.home, site.queries, run, time.time() * 1000, page, FOLDING.get(loops))
        return site.render(request, "runs/live.html", **_values(found, page, loops, part_only=True))

    @routes.get("/runs/{run:path}")
    def one_run(request: Request, person: Viewer, run: str, page: int = 1, loops: str = "") -> Response:
        found = run_page(site.home, site.queries, run, time.time() * 1000, page, FOLDING.get(loops))
        values = _values(found, page, loops, part_only=False)
        return site.render(request, "runs/run.html", **values, kfp_ui=site.options.kfp_ui)


def _values(found: RunPage, page: int, loops: str, part_only: bool) -> dict[str, Any]:
    given = {"page": str(page) if page > 1 else "", "loops": loops if loops in FOLDING else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return {"page": found, "part_only": part_only, "query": f"?{query}" if query else "", "counts": found.counts}
