"""Whether the server lives and can be asked, for probes."""

from __future__ import annotations

from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target

READY, NOT_READY = 200, 503


def is_ready(services: Services) -> bool:
    """Whether every configured model can be asked, and the server is not about to stop."""
    return services.lifecycle.is_ready and not services.plane.is_draining


async def healthz(services: Services, exchange: Exchange, target: Target) -> None:
    """The event loop answers, so the process is alive."""
    await exchange.respond(READY, b'{"status":"alive"}')


async def readyz(services: Services, exchange: Exchange, target: Target) -> None:
    """Whether to send requests here."""
    if is_ready(services):
        await exchange.respond(READY, b'{"status":"ready"}')
    else:
        await exchange.respond(NOT_READY, b'{"status":"not ready"}')


async def server_live(services: Services, exchange: Exchange, target: Target) -> None:
    """The Open Inference Protocol's question for the same."""
    await exchange.respond(READY, b'{"live":true}')


async def server_ready(services: Services, exchange: Exchange, target: Target) -> None:
    """The Open Inference Protocol's question for the same."""
    if is_ready(services):
        await exchange.respond(READY, b'{"ready":true}')
    else:
        await exchange.respond(NOT_READY, b'{"ready":false}')
