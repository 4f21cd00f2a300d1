"""The Open Inference Protocol's questions about the server, its models and its repository."""

from __future__ import annotations

import orjson

from shipway.serving.faults import InvalidRequest, NotReady, ServingFault
from shipway.serving.open_inference import description
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.json_body import quoted, read_object
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target

INDEX_FIELDS = ("name", "version", "state", "reason")


class ModelNotReady(NotReady):
    """The model is known, and cannot be asked now."""

    def __init__(self, model: str, reason: ServingFault) -> None:
        super().__init__(f"The model {model} is not ready. {reason}")


async def server_metadata(services: Services, exchange: Exchange, target: Target) -> None:
    """The server's name, version and extensions."""
    await exchange.respond(200, orjson.dumps(description.server_metadata()))


async def list_models(services: Services, exchange: Exchange, target: Target) -> None:
    """The names of all models, as KServe lists them."""
    await exchange.respond(200, orjson.dumps({"models": sorted(services.plane.catalog.models)}))


async def open_model_metadata(services: Services, exchange: Exchange, target: Target) -> None:
    """A model's versions, platform, and the tensors of its default signature."""
    model = services.plane.catalog.model(target.model)
    servable = model.find(target.version)
    await exchange.respond(200, orjson.dumps(description.model_metadata(model, servable)))


async def model_ready(services: Services, exchange: Exchange, target: Target) -> None:
    """Whether a model, or one version of it, can be asked."""
    model = services.plane.catalog.model(target.model)
    try:
        model.find(target.version)
    except NotReady as reason:
        raise ModelNotReady(model.name, reason) from reason
    await exchange.respond(200, orjson.dumps({"name": model.name, "ready": True}))


async def repository_index(services: Services, exchange: Exchange, target: Target) -> None:
    """Every version of every model and its state; `{"ready": true}` leaves out those that cannot be asked."""
    body = await exchange.body()
    only_ready = read_object(body).get("ready", False) if body else False
    if type(only_ready) is not bool:
        raise InvalidRequest(f"'ready' is {quoted(only_ready)}: send true or false, or leave it out.")
    entries = [dict(zip(INDEX_FIELDS, entry, strict=True)) for entry in services.lifecycle.index()]
    await exchange.respond(200, orjson.dumps([e for e in entries if not only_ready or e["state"] == description.READY]))


async def load_model(services: Services, exchange: Exchange, target: Target) -> None:
    """Load a model that is configured or unloaded, and answer when it can be asked."""
    await exchange.body()
    await services.lifecycle.load(target.model)
    await exchange.respond(200, orjson.dumps({"name": target.model, "load": True}))


async def unload_model(services: Services, exchange: Exchange, target: Target) -> None:
    """Unload all versions of a model."""
    await exchange.body()
    await services.lifecycle.unload(target.model)
    await exchange.respond(200, orjson.dumps({"name": target.model, "unload": True}))
