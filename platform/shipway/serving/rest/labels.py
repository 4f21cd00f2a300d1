"""PUT and DELETE /v1/models/{model}/labels/{label}: which version a label stands for."""

from __future__ import annotations

import orjson

from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.json_body import quoted, read_object
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target
from shipway.serving.servable import UnknownLabel


class NoVersion(InvalidRequest):
    """A body that does not say where the label is to go."""

    def __init__(self, given: object) -> None:
        super().__init__(f'The label\'s version is {quoted(given)}: send {{"version": N}} with a whole number.')


async def set_label(services: Services, exchange: Exchange, target: Target) -> None:
    """Let a label stand for another version from now on."""
    version = read_object(await exchange.body()).get("version")
    if type(version) is not int:
        raise NoVersion(version)
    model = services.plane.catalog.model(target.model)
    services.lifecycle.set_label(model.name, target.label or "", version)
    await exchange.respond(200, orjson.dumps({"labels": model.labels}))


async def delete_label(services: Services, exchange: Exchange, target: Target) -> None:
    """Forget a label."""
    model, label = services.plane.catalog.model(target.model), target.label or ""
    if label not in model.labels:
        raise UnknownLabel(model.name, label, model.labels)
    services.lifecycle.set_label(model.name, label, None)
    await exchange.respond(200, orjson.dumps({"labels": model.labels}))
