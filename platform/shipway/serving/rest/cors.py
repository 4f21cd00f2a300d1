"""Cross-origin requests of browsers, as TensorFlow Serving lets them in when it is told to."""

from __future__ import annotations

import re
from typing import Any

from shipway.serving.faults import Conflicting
from shipway.serving.rest.exchange import Exchange, Send
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target

HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, GET"),
    (b"access-control-allow-headers", b"Content-Type, Authorization, X-Tracking-Id, Inference-Header-Content-Length"),
    (b"access-control-expose-headers", b"X-Tracking-Id, Inference-Header-Content-Length, Retry-After"),
]
"""Pages may ask models; changing labels or traffic is not for them."""

WEB_ORIGIN = re.compile(r"https?://")


class NoOrigin(Conflicting):
    """A preflight that does not say which page asks."""

    def __init__(self) -> None:
        super().__init__("Origin header is missing in CORS preflight: send the page's origin, such as https://host.")


def with_cors(send: Send) -> Send:
    """A `send` that tells browsers that any page may ask."""

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *HEADERS]}
        await send(message)

    return sending


async def preflight(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer OPTIONS; raises `NoOrigin`."""
    if not WEB_ORIGIN.search(exchange.header("origin") or ""):
        raise NoOrigin
    await exchange.respond(200, b"")
