"""uvicorn in an event loop that somebody else runs, on a socket that somebody else has bound.

Signals, logs and sockets are the server's own affair: uvicorn is only asked for its HTTP.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import uvicorn

BACKLOG = 2048
IDLE_SECONDS = 75
"""An idle connection is kept so long: longer than load balancers keep theirs, so that they close first."""


class RestListener:
    """Serves an ASGI application until it is stopped."""

    def __init__(self, app: Any, listening: socket.socket, tls: ssl.SSLContext | None, drain_seconds: float) -> None:
        config = uvicorn.Config(
            app,
            http="httptools",
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
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections from now on."""
        self._socket.listen(BACKLOG)
        await self._server.startup(sockets=[self._socket])
        self._ticking = asyncio.create_task(self._server.main_loop())

    async def stop(self) -> None:
        """Accept no more connections, answer what is under way, and close."""
        self._server.should_exit = True
        if self._ticking is not None:
            await self._ticking
        await self._server.shutdown(sockets=[self._socket])
