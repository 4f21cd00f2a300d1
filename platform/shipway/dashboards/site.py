"""What the pages share: templates, lineage, the home, who asks, and the audit log.

A page's routes are made by a function of the site::

    from shipway.dashboards.faults import NotFound
    from shipway.dashboards.people import Person
    from shipway.dashboards.site import Site, operator, viewer

    def router(site: Site) -> APIRouter:
        routes = APIRouter()

        @routes.get("/runs/{run}")
        def run(request: Request, run: str, person: Annotated[Person, Depends(viewer)]) -> Response:
            return site.render(request, "runs/run.html", run=run_view(site.queries(), run))

        @routes.post("/runs/{run}/resume")
        def resume(request: Request, run: str, person: Annotated[Person, Depends(operator)],
                   reason: Annotated[str, Form()] = "") -> Response:
            site.audit(person, "resume", run, reason)
            return RedirectResponse(f"/runs/{run}", 303)

Routes are plain functions: they run in worker threads, where waiting for the store holds up nobody else.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from shipway.dashboards.assets import Assets
from shipway.dashboards.audit import AuditLog
from shipway.dashboards.csrf import new_token
from shipway.dashboards.faults import NotSignedIn, OperatorsOnly
from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.people import Person, Visit
from shipway.dashboards.rendering import NAVIGATION, make_environment
from shipway.lineage import LineageQueries
from shipway.runner.home import Home
from shipway.settings import MetadataAddress

VISIT = "shipway.visit"
"""Where the guard leaves the `Visit` in a request's scope."""


PATIENCE_SECONDS = 2.0
"""How long a page waits for a metadata service that does not answer, before it says so."""


def visit_of(request: Request) -> Visit:
    """Who makes this request, and from where."""
    visit: Visit = request.scope[VISIT]
    return visit


def viewer(request: Request) -> Person:
    """A dependency: whoever has signed in. Raises `NotSignedIn`."""
    person = visit_of(request).person
    if person is None:
        raise NotSignedIn
    return person


def operator(request: Request) -> Person:
    """A dependency: somebody who may change things. Raises `NotSignedIn` and `OperatorsOnly`."""
    person = viewer(request)
    if not person.is_operator:
        raise OperatorsOnly(person.name)
    return person


class Site:
    """One server's dashboards. `key` signs sessions and the tokens of forms."""

    def __init__(self, options: DashboardOptions, key: bytes) -> None:
        self.options = options
        self.home = Home(options.home)
        self.key = key
        self.assets = Assets.load()
        self._audit = AuditLog(self.home.path / "audit.jsonl")
        self._environment = make_environment(self.assets)
        self._opening = threading.Lock()
        self._queries: LineageQueries | None = None
        self._opened = 0

    def navigate(self, paths: Collection[str]) -> None:
        """Show of the navigation what there is: a page of these paths."""
        shown = tuple((name, address) for name, address in NAVIGATION if address in paths)
        self._environment.globals["navigation"] = shown

    def load_templates(self) -> None:
        """Compile all templates now; otherwise each is by the first page that needs it."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    @property
    def audit_log(self) -> AuditLog:
        return self._audit

    def queries(self) -> LineageQueries:
        """Lineage, for any thread. Raises `MissingStore` where nothing has run yet, and other `EnvironmentFault`s."""
        address = self.options.metadata or MetadataAddress(self.home.metadata_db)
        address = replace(address, patience_seconds=PATIENCE_SECONDS)
        with self._opening:
            inode = _inode(address.path)
            if self._queries is None or inode != self._opened:  # a store that was restored is another file
                self._queries = LineageQueries.open(address)
                self._opened = inode
            return self._queries

    def render(self, request: Request, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        """A template as a page, or as a part of one. Templates also see `person`, `path` and `csrf_token`."""
        visit: Visit | None = request.scope.get(VISIT)
        text = self._environment.get_template(template).render(
            person=visit.person if visit else None,
            path=request.url.path,
            csrf_token=new_token(self.key, visit.anchor) if visit else "",
            **values,
        )
        return HTMLResponse(text, status_code)

    def audit(self, person: Person, action: str, subject: str, reason: str = "") -> None:
        """Write down that `person` does `action` to `subject`, before it is done. Raises an `EnvironmentFault`."""
        self._audit.append(person, action, subject, reason)


def _inode(path: Path | None) -> int:
    try:
        return os.stat(path).st_ino if path else 0
    except OSError:
        return 0
