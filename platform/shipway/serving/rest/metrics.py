"""The page that Prometheus reads."""

from __future__ import annotations

from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target


async def metrics(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with the exposition."""
    content_type, body = services.exposition()
    await exchange.respond(200, body, content_type)
