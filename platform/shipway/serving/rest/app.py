"""The ASGI application: finds the route, checks the token, and turns faults into responses.

Predictions come by the same few paths thousands of times a second: paths that were found are remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache

from shipway.serving.faults import ServingFault
from shipway.serving.plane import DataPlane
from shipway.serving.rest.caller_watch import CallerWatch
from shipway.serving.rest.cors import with_cors
from shipway.serving.rest.exchange import CallerGone, Exchange, Headers, Receive, Scope, Send
from shipway.serving.rest.faults import refuse, response_of
from shipway.serving.rest.http.responses import lines_of
from shipway.serving.rest.opening import TRANSPORT
from shipway.serving.rest.route import Route
from shipway.serving.rest.router import Router
from shipway.serving.rest.routes import routes_with_metrics
from shipway.serving.rest.services import Authorising, Dividing, Exposition, Operating, Services
from shipway.serving.rest.target import Target
from shipway.serving.tracking import TRACKING, new_tracking_id

MOST_REMEMBERED = 1024
"""Paths; callers choose them, so they may not fill the memory."""


class RestApp:
    """ASGI.

    Args:
        max_request_bytes: of a body, before and after decompression.
        exposition: the metrics page, which is at each of `metrics_paths`.
        cors: whether web pages of other origins may ask.
        check_method: whether a signature's method name must allow what it is asked for.
    """

    def __init__(
        self,
        plane: DataPlane,
        lifecycle: Operating,
        authoriser: Authorising,
        *,
        max_request_bytes: int,
        exposition: Exposition,
        metrics_paths: Sequence[str],
        cors: bool,
        traffic: Dividing | None,
        check_method: bool = False,
    ) -> None:
        routes = routes_with_metrics(metrics_paths)
        self._services = Services(plane, lifecycle, traffic, exposition, routes, check_method)
        self._authoriser = authoriser
        self._limit = max_request_bytes
        self._cors = cors
        self._router = Router(routes)
        self._posts: dict[bytes | None, tuple[Route, Target]] = {}
        self._watch = CallerWatch()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, with_cors(send) if self._cors else send, self._limit)
        watch = self._watch
        watch.begin(exchange)
        try:
            known = self._posts.get(scope.get("raw_path")) if exchange.method == "POST" else None
            route, target = known or self._find(exchange)
            if not route.is_open:
                self._authoriser.check(exchange.header)
            await route.handler(self._services, exchange, target)
        except CallerGone:
            return
        except asyncio.CancelledError:
            if not exchange.is_abandoned:
                raise
        except Exception as error:
            await refuse(exchange, error)
        finally:
            watch.end(exchange)

    def turn_away(self, raw_path: bytes, headers: Headers) -> tuple[int, bytes] | None:
        """The refusal of an inference for which there is no room, told before anything is made for the request: in
        overload most requests are refused, and what that costs is taken from the model.

        Status, and the response from behind its date. None for what has to be looked at: where there is room, and where
        the path is new, the caller may not ask, or web pages or a tracking id want headers of their own.
        """
        known = self._posts.get(raw_path)
        if known is None or not known[0].infers:
            return None
        plane, target = self._services.plane, known[1]
        fault = plane.lack_of_room(target.model, target.version, target.label)
        if fault is None or self._cors or _is_tracked(headers) or not self._authoriser.admits(headers):
            return None
        plane.refused(TRANSPORT, target.model, fault)
        status, head, body = _parts_of(fault)
        return status, b"".join((head, new_tracking_id().encode(), body))

    def _find(self, exchange: Exchange) -> tuple[Route, Target]:
        raw: bytes = exchange.scope.get("raw_path") or exchange.path.encode()
        found = self._router.find(exchange.method, raw.decode("latin-1"))
        if exchange.method == "POST":
            if len(self._posts) >= MOST_REMEMBERED:
                self._posts.clear()
            self._posts[raw] = found
        return found


def _is_tracked(headers: Headers) -> bool:
    return TRACKING in dict(headers)


@lru_cache(maxsize=64)
def _parts_of(fault: ServingFault) -> tuple[int, bytes, bytes]:
    """The response to a fault before and behind a tracking id."""
    mark = "0" * 24
    status, headers, body = response_of(fault, mark)
    head, _, tail = b"".join((*lines_of(headers), b"\r\n", body)).partition(mark.encode())
    return status, head, tail
