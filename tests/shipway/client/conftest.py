"""A server in the place of the network: it keeps what it was sent and gives the answers that a test prepared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shipway.client import AsyncClient, Client, RetryPolicy

Reply = httpx.Response | Exception
AT_ONCE = RetryPolicy(retries=3, first_seconds=0.0)


def reply(status: int, body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


class Server:
    """Gives one reply after the other, the last one again and again."""

    url = "http://server:8501"

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        given = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, content=given.content, headers=given.headers)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]

    def client(self, **options: Any) -> Client:
        options = {"retries": AT_ONCE, **options}
        return Client(self.url, options.pop("model", "m"), transport=httpx.MockTransport(self.handle), **options)

    def async_client(self, **options: Any) -> AsyncClient:
        options = {"retries": AT_ONCE, **options}
        return AsyncClient(self.url, "m", transport=httpx.MockTransport(self.handle), **options)


@pytest.fixture(scope="session")
def server() -> Callable[..., Server]:
    """Makes a server of the replies that it will give."""
    return Server


@pytest.fixture(scope="session")
def replying() -> Callable[..., httpx.Response]:
    """Makes a reply of a status, a JSON body and headers."""
    return reply
