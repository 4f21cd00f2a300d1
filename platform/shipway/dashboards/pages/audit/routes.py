"""`/audit`: who changed what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, operator

SHOWN = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/audit")
    def audit(request: Request, person: Annotated[Person, Depends(operator)]) -> Response:
        entries = site.audit_log.newest(SHOWN)
        return site.render(request, "audit/audit.html", entries=entries, path_of_log=str(site.audit_log.path))

    return routes
