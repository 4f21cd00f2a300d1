"""`/runs/{run}/tasks/{task}` and its log: a part of it, all of it, and what follows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.runs.task_view import log_after, log_page, task_page
from shipway.dashboards.people import Person
from shipway.dashboards.runs.log_files import find_log, whole
from shipway.dashboards.site import Site, viewer
from shipway.runner.run_store import path_safe

Viewer = Annotated[Person, Depends(viewer)]


def add_task_routes(routes: APIRouter, site: Site) -> None:
    """Names may hold slashes, so what is more particular stands before what is less."""

    @routes.get("/runs/{run:path}/tasks/{task:path}/log/after")
    def log_follow(request: Request, person: Viewer, run: str, task: str, begin: int = 0) -> Response:
        page = log_after(site.home, site.queries, run, task, max(begin, 0))
        return site.render(request, "runs/log_after.html", page=page)

    @routes.get("/runs/{run:path}/tasks/{task:path}/log/download")
    def log_download(person: Viewer, run: str, task: str) -> Response:
        path = find_log(site.home, run, task)
        if path is None:
            raise NotFound(f"There is no log of task {task[:300]!r} of run {run[:300]!r} on this machine.")
        headers = {"content-disposition": f'attachment; filename="{path_safe(run)[:80]}.{path_safe(task)[:80]}.log"'}
        return StreamingResponse(whole(path), headers=headers, media_type="text/plain")

    @routes.get("/runs/{run:path}/tasks/{task:path}/log")
    def log(request: Request, person: Viewer, run: str, task: str, end: int | None = None) -> Response:
        return site.render(request, "runs/log.html", page=log_page(site.home, site.queries, run, task, end))

    @routes.get("/runs/{run:path}/tasks/{task:path}")
    def task_of_run(request: Request, person: Viewer, run: str, task: str) -> Response:
        return site.render(request, "runs/task.html", page=task_page(site.home, site.queries, run, task))
