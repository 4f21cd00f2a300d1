"""GET /openapi.json."""

from __future__ import annotations

from functools import lru_cache

import orjson

from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.openapi.document import document
from shipway.serving.rest.route import Route
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target


async def openapi(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with the description of everything that the server answers to."""
    await exchange.respond(200, _written(services.routes))


@lru_cache(maxsize=4)
def _written(routes: tuple[Route, ...]) -> bytes:
    return orjson.dumps(document(routes))
