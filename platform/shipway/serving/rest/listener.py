"""uvicorn in an event loop that somebody else runs, on a socket that somebody else has bound.

Signals, logs and sockets are the server's own affair: uvicorn is only asked for its HTTP.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import uvicorn

from shipway.serving.rest.bounded_http import BoundedHttp, close_slow_callers

BACKLOG = 2048
IDLE_SECONDS = 75
"""An idle connection is kept so long: longer than load balancers keep theirs, so that they close first."""


SECONDS_TO_SEND = 30.0


class RestListener:
    """Serves an ASGI application until it is stopped.

    Args:
        seconds_to_send: how long a request may take to come.
    """

    def __init__(
        self,
        app: Any,
        listening: socket.socket,
        tls: ssl.SSLContext | None,
        drain_seconds: float,
        seconds_to_send: float = SECONDS_TO_SEND,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=BoundedHttp,
            loop="none",
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=max(1, round(drain_seconds)),
        )
        config.load()
        config.ssl = tls
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        self._socket = listening
        self._seconds_to_send = seconds_to_send
        self._ticking: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections from now on."""
        self._socket.listen(BACKLOG)
        await self._server.startup(sockets=[self._socket])
        self._ticking = asyncio.create_task(self._server.main_loop())
        connections: set[Any] = self._server.server_state.connections
        self._closing = asyncio.create_task(close_slow_callers(connections, self._seconds_to_send))

    async def stop(self) -> None:
        """Accept no more connections, answer what is under way, and close."""
        self._server.should_exit = True
        if self._ticking is not None:
            await self._ticking
        await self._server.shutdown(sockets=[self._socket])
        if self._closing is not None:
            self._closing.cancel()
