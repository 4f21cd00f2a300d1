"""The ASGI application: a table of paths and handlers, and the one place where faults become responses."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable

from shipway.serving.faults import Code, InvalidRequest, ServingFault
from shipway.serving.plane import DataPlane
from shipway.serving.rest.exchange import CallerGone, Exchange, Receive, Scope, Send
from shipway.serving.rest.faults import STATUSES, body_of, headers_of
from shipway.serving.rest.predict import Target, predict

log = logging.getLogger(__name__)

Handler = Callable[[DataPlane, Exchange, Target], Awaitable[None]]

INFERENCE = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?:(predict)", re.IGNORECASE)
METHODS: dict[str, Handler] = {"predict": predict}


class Malformed(InvalidRequest):
    """A path that nothing is behind."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"Malformed request: {method} {path}")


class RestApp:
    """ASGI."""

    def __init__(self, plane: DataPlane, max_request_bytes: int) -> None:
        self._plane = plane
        self._limit = max_request_bytes
        self._targets: dict[str, tuple[Handler, Target]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self._limit)
        try:
            known = self._targets.get(exchange.path)
            handler, target = known or self._find(exchange)
            await handler(self._plane, exchange, target)
        except ServingFault as fault:
            status = getattr(fault, "http_status", None) or STATUSES[fault.code]
            await exchange.respond(status, body_of(fault), headers=headers_of(fault))
        except CallerGone:
            return
        except Exception:
            log.exception("%s %s failed", exchange.method, exchange.path)
            await exchange.respond(STATUSES[Code.INTERNAL], b'{"error":"Internal error: see the server\'s log."}')

    def _find(self, exchange: Exchange) -> tuple[Handler, Target]:
        found = INFERENCE.fullmatch(exchange.path)
        if not found:
            raise Malformed(exchange.method, exchange.path)
        model, version, label, method = found.groups()
        target = Target(model, int(version) if version else None, label)
        self._targets[exchange.path] = METHODS[method.lower()], target
        return self._targets[exchange.path]
