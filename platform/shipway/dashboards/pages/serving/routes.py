"""`/serving` and `/serving/{model}`; `part` asks for the pieces of a page that are brought up to date."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from shipway.dashboards.pages.serving import words
from shipway.dashboards.pages.serving.asked import DRIFT, LIVE, PARTS, Asked
from shipway.dashboards.pages.serving.model import LONG, model_page
from shipway.dashboards.pages.serving.pushed import Pushed, PushReader
from shipway.dashboards.pages.serving.served import serving_page
from shipway.dashboards.people import Person
from shipway.dashboards.serving.alerts import alerts_of
from shipway.dashboards.serving.drift import Drift, DriftQuestion
from shipway.dashboards.serving.fleet import fleet_of
from shipway.dashboards.serving.later import Later
from shipway.dashboards.serving.live_inputs import logged_models
from shipway.dashboards.serving.prometheus import Past, past_of
from shipway.dashboards.site import Site, viewer
from shipway.errors import EnvironmentFault

Viewer = Annotated[Person, Depends(viewer)]
Text = Annotated[str, Query(max_length=200)]
DRIFT_SECONDS, PAST_SECONDS = 60.0, 30.0
"""How old a comparison, or an answer of Prometheus, may be when it is shown."""


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    fleet, alerts = fleet_of(site), alerts_of(site)
    drifts: Later[Drift] = Later("comparing live inputs with training", DRIFT_SECONDS)
    pasts: Later[Past] = Later("asking Prometheus for traffic", PAST_SECONDS)
    pushes = PushReader(site.queries)
    prometheus, log = site.options.prometheus, site.options.inference_log

    def drift_of(model: str, version: str, pushed: Pushed) -> Drift | None:
        """The comparison as far as it is there; None while it is being made, or where nothing is logged."""
        if log is None:
            return None
        if pushed.problem:
            return Drift(sentence=pushed.problem)
        try:
            question = DriftQuestion(model, version, log, site.home, site.queries(), pushed.pushes)
        except EnvironmentFault as fault:
            return Drift(sentence=str(fault))
        return drifts.get((model, version), question.answer)

    def past_seen(model: str, window: str) -> Past | None:
        if prometheus is None or window not in LONG:
            return None
        return pasts.get((model, window), partial(past_of, prometheus, model, LONG[window]))

    @routes.get("/serving")
    def serving(request: Request, person: Viewer, part: Text = "") -> Response:
        page = serving_page(fleet, alerts, pushes.read())
        template = "serving/live.html" if part == LIVE else "serving/serving.html"
        return site.render(request, template, page=page, words=words, part_only=part == LIVE)

    @routes.get("/serving/{model:path}")
    def one_model(
        request: Request, person: Viewer, model: str,
        window: Text = "", kind: Text = "", version: Text = "", part: Text = "",
    ) -> Response:  # fmt: skip
        pushed = pushes.read()
        asked = Asked.of(model, window, kind, version)
        logged = logged_models(log) if log else []
        past = past_seen(model, asked.window)
        page = model_page(fleet, pushed, logged, model, asked.window, past, has_past=prometheus is not None)
        values: dict[str, Any] = {"page": page, "asked": asked, "words": words, "part_only": part in PARTS}
        if part == DRIFT or part not in PARTS:
            values.update(drift=drift_of(model, asked.version, pushed), has_log=log is not None)
        return site.render(request, PARTS.get(part, "serving/model.html"), **values)

    return routes
