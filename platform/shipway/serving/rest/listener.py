"""Accepts REST connections on a socket, looks after them, and ends them."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from time import monotonic

from shipway.serving.rest.http.connection import App, Around, Connection, Headers, TurnAway
from shipway.serving.rest.http.limits import HttpLimits

log = logging.getLogger(__name__)

BACKLOG = 2048
SECONDS_BETWEEN_LOOKS = 1.0

LAST_REQUEST_SECONDS = 2.0
"""How long connections that rest stay open when the server stops. A caller who uses one again meanwhile is answered and
told to take another; closed at once, it would break under his request."""


class RestListener:
    """Serves an application until it is stopped.

    Args:
        app: an ASGI application that needs no streams.
        listening: a bound socket.
        tls: where connections are to be encrypted.
        drain_seconds: how long requests under way have to end.
        admits: whether a large body is worth reading, by the request's headers.
        turn_away: as `Around` has it.
    """

    def __init__(
        self,
        app: App,
        listening: socket.socket,
        tls: ssl.SSLContext | None,
        drain_seconds: float,
        limits: HttpLimits | None = None,
        admits: Callable[[Headers], bool] = lambda headers: True,
        turn_away: TurnAway = lambda path, headers: None,
    ) -> None:
        self._around = Around(app, limits or HttpLimits(), admits, turn_away)
        self._socket = listening
        self._tls = tls
        self._drain_seconds = drain_seconds
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._around),
            sock=self._socket,
            ssl=self._tls,
            backlog=BACKLOG,
        )
        self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Accept no more connections, answer what is under way, and close."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._around.connections):
            connection.stop()
        started = monotonic()
        resting = min(LAST_REQUEST_SECONDS, self._drain_seconds)
        while self._around.connections and monotonic() < started + self._drain_seconds:
            await asyncio.sleep(0.01)
            if monotonic() > started + resting:
                for connection in list(self._around.connections):
                    connection.close_at_rest()
        for connection in list(self._around.connections):
            connection.abort()
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        """Until cancelled: send callers away who take too long, and keep the date."""
        while True:
            await asyncio.sleep(min(SECONDS_BETWEEN_LOOKS, self._around.limits.seconds_to_send))
            self._around.date.renew()
            now = monotonic()
            for connection in list(self._around.connections):
                try:
                    connection.look(now)
                except Exception:
                    log.exception("a connection could not be looked at")
