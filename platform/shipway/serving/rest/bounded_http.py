"""uvicorn's HTTP with the two limits that it does not have: how large the head of a request may be, and how long a
caller may take to send it and its body. Without them anybody could fill the memory, or hold all connections, before
a token is looked at.

And with two of its gaps closed: a request that offers another protocol keeps its body (Java's HttpClient offers HTTP/2
with each), and a caller who hangs up is noticed by all requests that it has sent, not by the last one alone.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
"""Of a head that does not come in one piece, without its first piece."""

MOST_FIELDS = 256
"""Headers and trailers of a request."""

OFFERS = frozenset({b"connection", b"upgrade", b"http2-settings"})
"""The headers of an offer to speak another protocol."""

TOO_LARGE = b'{"error":"The request\'s headers are too many or too large: send fewer."}'
TOO_SLOW = b'{"error":"The request did not come in time: send it faster."}'


class BoundedHttp(HttpToolsProtocol):
    """One connection. What a request may cost is looked at where its parts come one by one; most come whole."""

    _head: dict[str, Any] | None = None
    _head_bytes = 0
    _seen: object = None
    _data = b""
    _earlier: tuple[Any, ...] = ()
    """Requests that were being answered when the next one came on this connection."""

    def data_received(self, data: bytes) -> None:
        self._data = data
        super().data_received(data)
        self._data = b""
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

    def on_headers_complete(self) -> None:
        before: Any = self.cycle
        super().on_headers_complete()
        if before is not None and not before.response_complete and before is not self.cycle:
            self._earlier = (*(cycle for cycle in self._earlier if not cycle.response_complete), before)

    def connection_lost(self, exc: Exception | None) -> None:
        for cycle in self._earlier:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def _should_upgrade(self) -> bool:
        """Whether uvicorn leaves a request that offers another protocol to the method below."""
        return True

    def handle_websocket_upgrade(self) -> None:
        """Read a request anew without its offer: the parser has passed over its body as another protocol's."""
        upgrade = sys.exception()
        method = self.scope["method"].encode()
        if upgrade is None or method == b"CONNECT":
            self.send_400_response("CONNECT is not answered here.")
            return
        fields = [(name, value) for name, value in self.headers if name not in OFFERS]
        if any(name == b"connection" and b"close" in value.lower() for name, value in self.headers):
            fields.append((b"connection", b"close"))
        head = b"".join(b"%b: %b\r\n" % field for field in fields)
        self.parser = httptools.HttpRequestParser(self)
        version = self.scope["http_version"].encode()
        rest = self._data[upgrade.args[0] :]
        self.data_received(b"%b %b HTTP/%b\r\n%b\r\n%b" % (method, self.url, version, head, rest))

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
