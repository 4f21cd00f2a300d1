"""One request and its tries: what both clients do between sending and sleeping."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

from shipway.client.answers import read_sentence
from shipway.client.errors import ServerSilent, ServerUnreachable, error_of
from shipway.client.requests import Request
from shipway.client.retrying import RetryPolicy, retry_after_seconds

GOOD = 200


LOOPBACK = ("localhost", "127.0.0.1", "::1")


def settings_of(url: str, token: str | None, verify: Any) -> dict[str, Any]:
    """What an httpx client is made with.

    Redirects are not followed: they would carry the token elsewhere. A proxy that the environment names is for other
    machines than this one.
    """
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return {"headers": headers, "verify": verify, "trust_env": urlsplit(url).hostname not in LOOPBACK}


class Exchange:
    """The tries of one request."""

    def __init__(self, request: Request, policy: RetryPolicy, timeout: float) -> None:
        self.request = request
        self._policy = policy
        self._timeout = timeout
        self._retries = 0

    def arguments(self) -> dict[str, Any]:
        """What httpx is given beside method and URL."""
        return {"content": self.request.body or None, "headers": self.request.headers, "timeout": self._timeout}

    def pause_after_failure(self, error: httpx.HTTPError) -> float:
        """Seconds until the next try after one without an answer; raises `ServerSilent` and `ServerUnreachable`.

        A server that took the request and is silent may be at work on it: the request is not sent twice.
        """
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            raise ServerSilent(self.request.url, self._timeout) from error
        pause = self._policy.pause(self._retries, None) if isinstance(error, httpx.TransportError) else None
        if pause is None:
            raise ServerUnreachable(self.request.url, self._retries + 1, error) from error
        self._retries += 1
        return pause

    def pause_after_answer(self, response: httpx.Response) -> float | None:
        """None for a good answer, else seconds until the next try; raises `ServerSaid`."""
        if response.status_code == GOOD:
            return None
        retry_after = retry_after_seconds(response.headers.get("retry-after"))
        pause = self._policy.pause(self._retries, response.status_code, retry_after)
        if pause is None:
            sentence = read_sentence(response.content)
            raise error_of(self.request.url, response.status_code, sentence, retry_after)
        self._retries += 1
        return pause
