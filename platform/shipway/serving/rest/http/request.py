"""A request that has come whole, and its response."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from shipway.serving.rest.http.responses import CLOSE, KEEP_ALIVE, head_of

if TYPE_CHECKING:
    from shipway.serving.rest.http.connection import Connection

ASGI = {"version": "3.0", "spec_version": "2.3"}
DISCONNECTED = {"type": "http.disconnect"}


class Request:
    """What the application gets as an ASGI scope, `receive` and `send`.

    Attributes:
        keeps_alive: whether the connection is to be used again.
        held: bytes of the body.
        is_answered: the response was written.
    """

    __slots__ = (
        "_body",
        "_connection",
        "_gone",
        "_head",
        "_is_read",
        "held",
        "is_answered",
        "keeps_alive",
        "scope",
    )

    def __init__(self, connection: Connection, scope: dict[str, Any], body: bytes, keeps_alive: bool) -> None:
        self.scope = scope
        self.keeps_alive = keeps_alive
        self.held = len(body)
        self._connection = connection
        self._body = body
        self._is_read = self.is_answered = False
        self._gone: asyncio.Future[None] | None = None
        self._head: list[bytes] = []

    async def receive(self) -> dict[str, Any]:
        """The body, and after it word of the caller's going, or of the answer's being sent."""
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        if not self.is_answered and not self._connection.is_lost:
            if self._gone is None:
                self._gone = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._gone)
        return DISCONNECTED

    async def send(self, message: dict[str, Any]) -> None:
        """Write the response when its body has come, which is one piece."""
        if message["type"] == "http.response.start":
            self._head = self._head_of(message)
            return
        self.is_answered = True
        if self.scope["method"] != "HEAD":
            self._head.append(message["body"])
        self._connection.write(self._head)
        self.release()

    def release(self) -> None:
        """Tell whoever waits for the caller to go that nothing is to be waited for any more."""
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def _head_of(self, message: dict[str, Any]) -> list[bytes]:
        head = head_of(message["status"], message["headers"], self._connection.date.line)
        if not self.keeps_alive:
            head.append(CLOSE)
        elif self.scope["http_version"] == "1.0":
            head.append(KEEP_ALIVE)
        head.append(b"\r\n")
        return head


def scope_of(
    method: str, url: bytes, headers: list[tuple[bytes, bytes]], http_version: str, peer: Any
) -> dict[str, Any]:
    """The ASGI scope of a request.

    Raises:
        UnicodeDecodeError: the path is not ASCII, which a URL must be.
    """
    if not url.startswith(b"/") and b"://" in url:  # a proxy's form
        url = b"/" + url.partition(b"://")[2].partition(b"/")[2]
    raw_path, _, query = url.partition(b"?")
    path = raw_path.decode("ascii")
    return {
        "type": "http",
        "asgi": ASGI,
        "http_version": http_version,
        "method": method,
        "scheme": "http",
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers,
        "client": peer,
    }
