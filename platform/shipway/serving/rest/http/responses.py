"""Heads of responses, and the answers to what no application sees."""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

import orjson

STATUS_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus}
STATUS_LINES[499] = b"HTTP/1.1 499 Client Closed Request\r\n"

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE = b"connection: close\r\n"
KEEP_ALIVE = b"connection: keep-alive\r\n"


class DateLine:
    """The date header, made once a second."""

    def __init__(self) -> None:
        self.line = b""
        self.renew()

    def renew(self) -> None:
        self.line = b"date: %b\r\n" % formatdate(time.time(), usegmt=True).encode()


def head_of(status: int, headers: Iterable[tuple[bytes, bytes]], date: bytes) -> list[bytes]:
    """The parts of a response's head, without the empty line at its end."""
    return [STATUS_LINES[status], date, *lines_of(headers)]


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """The lines of headers, in parts."""
    return [part for name, value in headers for part in (name, b": ", value, b"\r\n")]


def refusal(status: int, sentence: str) -> bytes:
    """A whole response to a request that is not worth a connection."""
    body = orjson.dumps({"error": sentence})
    head = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
    return b"".join((STATUS_LINES[status], head, CLOSE, b"\r\n", body))
