"""The pages, in the order of the flow. Each is a folder with `router(site)` in its `routes.py`."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from shipway.dashboards.pages.artifacts import routes as artifacts
from shipway.dashboards.pages.audit import routes as audit
from shipway.dashboards.pages.cards import routes as cards
from shipway.dashboards.pages.compare import routes as compare
from shipway.dashboards.pages.data import routes as data
from shipway.dashboards.pages.lineage import routes as lineage
from shipway.dashboards.pages.models import routes as models
from shipway.dashboards.pages.overview import routes as overview
from shipway.dashboards.pages.pipelines import routes as pipelines
from shipway.dashboards.pages.reviews import routes as reviews
from shipway.dashboards.pages.runs import routes as runs
from shipway.dashboards.pages.serving import routes as serving
from shipway.dashboards.site import Site

ROUTERS: tuple[Callable[[Site], APIRouter], ...] = (
    overview.router,
    pipelines.router,
    runs.router,
    compare.router,
    data.router,
    models.router,
    reviews.router,
    cards.router,
    serving.router,
    artifacts.router,
    lineage.router,
    audit.router,
)
