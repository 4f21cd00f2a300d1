"""One HTTP request and its response over ASGI: bodies read within a limit, responses written in one go."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any

from shipway.serving.call import Call
from shipway.serving.faults import InvalidRequest

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Headers = list[tuple[bytes, bytes]]
Response = tuple[int, Headers, bytes]
"""Status, headers and body."""

Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON = b"application/json"


class BodyTooLarge(InvalidRequest):
    """More bytes than the server takes."""

    http_status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request's body is larger than {limit} bytes, which is the limit: send fewer rows.")


class BadEncoding(InvalidRequest):
    """A body that is not what its content-encoding says."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"The request's body is not valid {encoding}: send it as its content-encoding says.")


class UnknownEncoding(InvalidRequest):
    """A content-encoding that the server does not read."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"The request's content-encoding is {encoding!r}: send gzip, deflate or none.")


class CallerGone(Exception):
    """The connection was closed before the whole body had come."""


class Exchange:
    """What a handler gets: the request's parts, and `respond`.

    Attributes:
        arrived: seconds of `time.monotonic`.
        status: what was answered; 0 before.
        call: what the core knows of the request, once it is opened.
        is_abandoned: the caller has gone, and nobody waits for the answer.
    """

    __slots__ = (
        "_headers",
        "_receive",
        "_send",
        "arrived",
        "call",
        "is_abandoned",
        "limit",
        "method",
        "path",
        "scope",
        "status",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.limit = limit
        self.arrived = monotonic()
        self.status = 0
        self.call: Call | None = None
        self.is_abandoned = False
        self._headers: dict[bytes, bytes] | None = None
        self._receive = receive
        self._send = send

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        if self._headers is None:
            self._headers = dict(self.scope["headers"])
        value = self._headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    async def body(self) -> bytes:
        """The whole body, decompressed.

        Raises:
            BodyTooLarge: it is larger than `limit`, before or after decompression.
            BadEncoding, UnknownEncoding: it does not decompress.
            CallerGone: it does not come.
        """
        message = await self._receive()
        body: bytes = message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise CallerGone
        if message.get("more_body"):
            body = await self._rest(body)
        if len(body) > self.limit:
            raise BodyTooLarge(self.limit)
        encoding = self.header("content-encoding")
        return _decompress(body, encoding.strip().lower(), self.limit) if encoding else body

    async def _rest(self, body: bytes) -> bytes:
        parts, size = [body], len(body)
        while True:
            if size > self.limit:
                raise BodyTooLarge(self.limit)
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise CallerGone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body"):
                return b"".join(parts)

    async def caller_gone(self) -> bool:
        """Wait until the caller has closed the connection or was answered; only for after `body`."""
        return (await self._receive())["type"] == "http.disconnect"

    async def respond(
        self, status: int, body: bytes, content_type: bytes = JSON, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        """Send the response."""
        await self.send((status, [*fields_of(body, content_type), *headers], body))

    async def send(self, response: Response) -> None:
        """Send a whole response."""
        self.status, headers, body = response
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def fields_of(body: bytes, content_type: bytes = JSON) -> Headers:
    """The headers that every response has."""
    return [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]


def _decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """gzip or deflate, stopped at `limit` so that a small body cannot fill the memory."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise UnknownEncoding(encoding)
    decoder = zlib.decompressobj(zlib.MAX_WBITS | (16 if encoding == "gzip" else 0))
    try:
        plain = decoder.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadEncoding(encoding) from error
    if len(plain) > limit:
        raise BodyTooLarge(limit)
    if not decoder.eof or decoder.unused_data:
        raise BadEncoding(encoding)
    return plain
