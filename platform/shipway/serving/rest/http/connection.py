"""One connection: requests are read, answered in their order, and the connection kept or closed."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import httptools

from shipway.serving.rest.http.limits import HeldBytes, HttpLimits
from shipway.serving.rest.http.replay import head_without_offer
from shipway.serving.rest.http.request import Request, scope_of
from shipway.serving.rest.http.responses import CONTINUE, STATUS_LINES, DateLine, refusal

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]
TurnAway = Callable[[bytes, Headers], tuple[int, bytes] | None]
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

BAD_REQUEST, TIMEOUT, HEAD_TOO_LARGE, UNAVAILABLE = 400, 408, 431, 503
TOO_SLOW = "The request did not come in time: send it faster."
NO_MEMORY = "The server has as many bytes of requests in hand as it may: try again later, or send fewer rows."
HEAD_LIMIT = "The request's headers are too many or too large: send fewer."

SMALL_BODY = 64 * 1024
"""Larger ones are only read of callers who may ask."""

LINGERING_SECONDS = 2.0
"""How long what a caller still sends is thrown away, so that he sees the answer and not a reset."""

CHUNKS_OVERHEAD = 8
"""Bytes on the wire for each byte of a body, at most: chunks of one byte have six."""


class Around:
    """What the connections of a listener share.

    Args:
        app: answers requests: an ASGI application that needs no streams.
        admits: whether the headers of a request are those of somebody who may ask; those of others are handed to the
            application without their bodies.
        turn_away: the status of, and the response from behind the date to, a POST of a path with some headers that need
            not be looked at any further.
    """

    def __init__(
        self,
        app: App,
        limits: HttpLimits,
        admits: Callable[[Headers], bool],
        turn_away: TurnAway,
    ) -> None:
        self.app = app
        self.limits = limits
        self.admits = admits
        self.turn_away = turn_away
        self.date = DateLine()
        self.held = HeldBytes()
        self.connections: set[Connection] = set()


class Connection(asyncio.Protocol):
    """The protocol of one accepted socket; methods that begin with `on_` are the parser's.

    Args:
        around: what all connections share.

    Attributes:
        is_lost: the caller has gone.
    """

    def __init__(self, around: Around) -> None:
        self.date = around.date
        self.is_lost = False
        self._around = around
        self._app = around.app
        self._limits = around.limits
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._peer: Any = None
        self._parser: Any = None
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._since = monotonic()
        self._is_coming = self._is_closing = self._is_lingering = False
        self._is_last = self._is_leaving = False
        self._is_paused = self._is_full = False
        self._has_head = self._is_admitted = self._is_expecting = False
        self._body_bytes = 0
        self._clear()

    # The transport's side.

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._peer = transport.get_extra_info("peername")
        self._parser = httptools.HttpRequestParser(self)
        self._around.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        self._around.connections.discard(self)
        self._around.held.total -= self._body_bytes + sum(request.held for request in self._waiting)
        self._body_bytes = 0
        self._waiting.clear()
        if self._current is not None:
            self._current.release()

    def eof_received(self) -> None:
        """Nothing: a caller who only stops sending still gets his answers, and `None` closes after them."""

    def data_received(self, data: bytes) -> None:
        if self._is_closing or self._is_lingering:
            return
        if not self._is_coming:
            self._since = monotonic()
            self._is_coming = True
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            if not self._is_closing:
                self._refuse(BAD_REQUEST, f"The request is not HTTP/1.1 ({error}).")
        if self._fed - CHUNKS_OVERHEAD * self._body_bytes > self._limits.head_bytes + len(data):
            self._refuse(HEAD_TOO_LARGE, HEAD_LIMIT)

    def pause_writing(self) -> None:
        self._is_full = True
        self._pause()

    def resume_writing(self) -> None:
        self._is_full = False
        self._next()

    # The parser's side.

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        if self._fields > self._limits.head_fields:
            self._refuse(HEAD_TOO_LARGE, HEAD_LIMIT)
        elif not self._has_head:  # trailers are read and forgotten
            name = name.lower()
            self._headers.append((name, value))
            if name == b"expect":
                self._is_expecting = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        self._has_head = True
        if self._is_expecting:
            self._transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        if self._is_closing or self._is_lingering:
            return
        self._body.append(body)
        self._body_bytes += len(body)
        self._around.held.total += len(body)
        if self._body_bytes > SMALL_BODY and not self._is_admitted:
            self._is_admitted = self._around.admits(self._headers)
        if self._body_bytes > self._limits.body_bytes or (self._body_bytes > SMALL_BODY and not self._is_admitted):
            self._is_lingering = True
            self._accept(keeps_alive=False)
        elif self._around.held.total > self._limits.bodies_bytes:
            self._is_lingering = True
            self._refuse(UNAVAILABLE, NO_MEMORY)

    def on_message_complete(self) -> None:
        if not self._is_closing and not self._is_lingering and not self._parser.should_upgrade():
            keeps_alive = self._parser.should_keep_alive() and not self._is_last
            if not (keeps_alive and self._is_turned_away()):
                self._accept(keeps_alive=keeps_alive)

    # The application's side.

    def write(self, parts: list[bytes]) -> None:
        """Send a response, unless the caller has gone."""
        if not self.is_lost:
            self._transport.write(b"".join(parts))

    def look(self, now: float) -> None:
        """Close the connection if it rests for too long, or if its request takes too long to come."""
        if self._current is not None or self._waiting:
            return
        waited = now - self._since
        if self._is_coming and waited > self._limits.seconds_to_send:
            self._refuse(TIMEOUT, TOO_SLOW)
        elif waited > self._limits.idle_seconds:
            self._transport.abort()

    def stop(self) -> None:
        """Answer what has come, and close; a connection that rests takes one more request, which may be on its way."""
        if self._current is None and not self._waiting:
            self._is_last = True
        else:
            self._close_after_answers()

    def close_at_rest(self) -> None:
        """Close the connection if it rests, and rested when this was called before: what has come was read since."""
        if self._current is None and not self._waiting and not self._is_coming:
            if self._is_leaving:
                self._transport.close()
            self._is_leaving = True

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _is_turned_away(self) -> bool:
        """Answer a request that has come whole at once, if it is not worth more."""
        parser = self._parser
        if self._current is not None or self._waiting or parser.get_method() != b"POST":
            return False
        response = self._around.turn_away(self._url, self._headers)
        if response is None or parser.get_http_version() != "1.1":
            return False
        status, rest = response
        self._transport.write(b"".join((STATUS_LINES[status], self.date.line, rest)))
        self._since = monotonic()
        self._is_coming = False
        self._clear()
        return True

    def _accept(self, *, keeps_alive: bool) -> None:
        """A request has come whole, or more of it than anybody may send."""
        parser = self._parser
        try:
            scope = scope_of(
                parser.get_method().decode("ascii"), self._url, self._headers, parser.get_http_version(), self._peer
            )
        except UnicodeDecodeError:
            self._refuse(BAD_REQUEST, "The request's path is not ASCII: percent-encode it.")
            return
        request = Request(self, scope, b"".join(self._body), keeps_alive)
        self._body_bytes = 0  # the request holds them now
        self._clear()
        self._is_coming = False
        self._waiting.append(request)
        if self._current is None:
            self._next()
        elif len(self._waiting) >= self._limits.waiting_requests:
            self._pause()

    def _next(self) -> None:
        """Answer the next request, if its turn has come."""
        if self._current is not None or self._is_full or self.is_lost:
            return
        if not self._waiting:
            if self._is_paused and not self._is_closing:
                self._is_paused = False
                self._transport.resume_reading()
            return
        request = self._current = self._waiting.popleft()
        if not request.keeps_alive or (self._is_closing and not self._waiting):
            request.keeps_alive = False
            self._around.held.total -= sum(waiting.held for waiting in self._waiting)
            self._waiting.clear()
            self._is_closing = True
        self._task = self._loop.create_task(self._app(request.scope, request.receive, request.send))  # type: ignore[arg-type]
        self._task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        request, self._current, self._task = self._current, None, None
        if not task.cancelled() and task.exception() is not None:
            log.error("a request broke off", exc_info=task.exception())
        self._around.held.total -= request.held if request is not None else 0
        if request is None or not request.is_answered or not request.keeps_alive:
            self._end()
            return
        self._since = monotonic()
        self._next()
        if self._is_closing and self._current is None:
            self._transport.close()

    def _end(self) -> None:
        """Close, and where the caller is still sending, not before he could read why."""
        if self._is_lingering and not self.is_lost and self._transport.can_write_eof():
            self._transport.write_eof()
            self._loop.call_later(LINGERING_SECONDS, self._transport.close)
        else:
            self._transport.close()

    def _close_after_answers(self) -> None:
        self._is_closing = True
        if self._current is not None and not self._waiting:
            self._current.keeps_alive = False

    def _decline(self, rest: bytes) -> None:
        """Read the request once more, without its offer to change the protocol."""
        parser = self._parser
        if parser.get_method() == b"CONNECT":
            self._refuse(BAD_REQUEST, "This server is no proxy: ask it for its own paths.")
            return
        head = head_without_offer(parser.get_method(), self._url, parser.get_http_version(), self._headers)
        self._clear()
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _refuse(self, status: int, sentence: str) -> None:
        """Close with an answer, where none is under way whose place it would take."""
        if self._is_closing:
            return
        if self._current is None and not self._waiting:
            self._is_closing = True
            self._transport.write(refusal(status, sentence))
            self._end()
        else:
            self._close_after_answers()

    def _pause(self) -> None:
        if not self._is_paused and not self.is_lost:
            self._is_paused = True
            self._transport.pause_reading()

    def _clear(self) -> None:
        """Begin a new request."""
        self._url = b""
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._around.held.total -= self._body_bytes
        self._has_head = self._is_admitted = self._is_expecting = False
        self._fields = self._fed = self._body_bytes = 0
