"""uvicorn's HTTP with the two limits that it does not have: how large the head of a request may be, and how long a
caller may take to send it and its body. Without them anybody could fill the memory, or hold all connections, before
a token is looked at.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
"""Of a head that does not come in one piece, without its first piece."""

MOST_FIELDS = 256
"""Headers and trailers of a request."""

TOO_LARGE = b'{"error":"The request\'s headers are too many or too large: send fewer."}'
TOO_SLOW = b'{"error":"The request did not come in time: send it faster."}'


class BoundedHttp(HttpToolsProtocol):
    """One connection. What a request may cost is looked at where its parts come one by one; most come whole."""

    _head: dict[str, Any] | None = None
    _head_bytes = 0
    _seen: object = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        scope: Any = self.scope
        if scope is None:
            return
        if len(scope["headers"]) > MOST_FIELDS:
            self._close(b"431 Request Header Fields Too Large", TOO_LARGE)
        elif "path" not in scope:
            self._head_bytes = self._head_bytes + len(data) if self._head is scope else 0
            self._head = scope
            if self._head_bytes > MOST_HEAD_BYTES:
                self._close(b"431 Request Header Fields Too Large", TOO_LARGE)

    def close_if_slow(self) -> None:
        """Close the connection if the request that was coming at the last call of this is coming still."""
        coming = self._coming()
        if coming is self:  # nothing was ever asked, so there is nothing to answer
            if self._seen is self:
                self.transport.close()
        elif coming is not None and coming is self._seen:
            self._close(b"408 Request Timeout", TOO_SLOW)
        self._seen = coming

    def _coming(self) -> object:
        """What is the same as long as the same request is coming; None where none is."""
        scope: Any = self.scope
        if scope is None:
            return self
        if "path" not in scope:
            return scope
        cycle = self.cycle
        is_waited_for = cycle.more_body and not cycle.response_complete and not self.pipeline
        return cycle if is_waited_for else None

    def _close(self, status: bytes, body: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (status, len(body), body)
            )
        self.transport.close()


async def close_slow_callers(connections: set[Any], seconds: float) -> None:
    """Close, until cancelled, connections whose requests take longer than `seconds` to come, and twice that at most."""
    while True:
        await asyncio.sleep(seconds)
        for connection in list(connections):
            connection.close_if_slow()
