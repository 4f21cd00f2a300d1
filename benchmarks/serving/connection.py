"""One HTTP/1.1 connection of a load generator: one request at a time, its answer to a callback, little work beside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

Answered = Callable[["Connection", int, bytes], None]
"""Gets the connection, the HTTP status (`LOST`: the connection ended first) and the body."""

LOST = -3


class Connection(asyncio.Protocol):
    """Keep-alive; `ask` may be called again from within the callback."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self.busy = False

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def ask(self, request: bytes) -> None:
        """Send a whole request, head and body."""
        assert self._transport is not None
        self.busy = True
        self._transport.write(request)

    def close(self) -> None:
        """End the connection; nothing is reported for a request that is under way."""
        self.busy = False
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self.busy:
            self._finish(LOST)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._finish(self._parser.get_status_code())

    def _finish(self, status: int) -> None:
        body = bytes(self._body)
        self._body.clear()
        self.busy = False
        self._answered(self, status, body)


def request_bytes(path: str, content_type: str, body: bytes) -> bytes:
    """A POST with its head, ready to send."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body
