"""A question to a server over HTTP, with an end to it: so many seconds, so many bytes, no redirect, no proxy.

The standard library's client is enough for a dozen small questions in ten seconds, and it follows nothing and reads no
proxy from the environment unless it is told to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from shipway.dashboards.serving.endpoints import PORTS, Endpoint, tls_context
from shipway.endpoint.token_file import read_token
from shipway.errors import EnvironmentFault, InputError, in_one_line

SECONDS = 2.0
MOST_BYTES = 16 << 20
CHUNK = 1 << 16


class NoAnswer(EnvironmentFault):
    """A server that cannot be reached, is too slow, or says something else than it was asked for."""

    def __init__(self, endpoint: Endpoint, reason: str) -> None:
        super().__init__(f"{endpoint.name} does not answer at {endpoint.url} ({reason}).")
        self.reason = reason


@dataclass(frozen=True)
class Reply:
    """An answer of any status."""

    status: int
    body: bytes


def ask(
    endpoint: Endpoint, path: str, method: str = "GET", body: bytes | None = None, *,
    seconds: float = SECONDS, most_bytes: int = MOST_BYTES,
) -> Reply:  # fmt: skip
    """What the server answers at `path`, which begins with a slash. Raises `NoAnswer`."""
    parts = urlsplit(endpoint.url)
    until = monotonic() + seconds
    connection = None
    try:
        connection = _connection(endpoint, seconds)
        connection.request(method, parts.path + path, body, _headers(endpoint, body))
        response = connection.getresponse()
        return Reply(response.status, _read(endpoint, connection, response, until, most_bytes))
    except TimeoutError as error:
        raise NoAnswer(endpoint, f"nothing within {seconds:g} s") from error
    except (OSError, HTTPException, ValueError, InputError) as error:
        raise NoAnswer(endpoint, getattr(error, "strerror", None) or in_one_line(error)) from error
    finally:
        if connection is not None:
            connection.close()


def ask_json(
    endpoint: Endpoint, path: str, method: str = "GET", body: bytes | None = None, *, seconds: float = SECONDS
) -> Any:
    """The JSON of an answer of status 200. Raises `NoAnswer`."""
    return json_of(endpoint, ask(endpoint, path, method, body, seconds=seconds))


def json_of(endpoint: Endpoint, reply: Reply) -> Any:
    """The JSON of an answer of status 200. Raises `NoAnswer`."""
    if reply.status != 200:
        raise NoAnswer(endpoint, _in_words(reply.status))
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(endpoint, "what it answers is no JSON") from error


def _in_words(status: int) -> str:
    if status in (401, 403):
        return f"it wants another token, {status}"
    if 300 <= status < 400:
        return f"it sends elsewhere, {status}, and that is not followed"
    return f"it answers {status}"


def _connection(endpoint: Endpoint, seconds: float) -> HTTPConnection:
    parts = urlsplit(endpoint.url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if parts.scheme == "https":
        return HTTPSConnection(host, port, timeout=seconds, context=tls_context(endpoint.ca_file))
    return HTTPConnection(host, port, timeout=seconds)


def _headers(endpoint: Endpoint, body: bytes | None) -> dict[str, str]:
    headers = {"accept-encoding": "identity", "connection": "close"}
    if body is not None:
        headers["content-type"] = "application/json"
    if endpoint.token_file is not None:
        headers["authorization"] = f"Bearer {read_token(endpoint.token_file)}"
    return headers


def _read(
    endpoint: Endpoint, connection: HTTPConnection, response: HTTPResponse, until: float, most_bytes: int
) -> bytes:
    """The body; a server that says a little now and then is not waited for longer than a silent one."""
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            raise NoAnswer(endpoint, f"its answer has more than {most_bytes:,} bytes")
        if monotonic() > until:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(max(0.01, until - monotonic()))
    return b"".join(chunks)
