"""Waiting for a model: which looks say that it is ready, and which that waiting on may help."""

from __future__ import annotations

import time

import httpx

from shipway.client.answers import AVAILABLE, VersionStatus, read_status
from shipway.client.errors import NotReadyInTime, ServerBusy, ServerSaid, ServerSilent, ServerUnreachable
from shipway.client.exchange import Exchange
from shipway.client.requests import Endpoint
from shipway.client.retrying import RetryPolicy

SECONDS_BETWEEN_LOOKS = 0.1

TRANSIENT = (ServerUnreachable, ServerSilent, ServerBusy)
"""A server that starts is first unreachable, then not ready."""


class Waiting:
    """One wait, for at most `seconds`; a look may take `timeout`."""

    def __init__(self, endpoint: Endpoint, seconds: float, timeout: float) -> None:
        self._endpoint = endpoint
        self._seconds = seconds
        self._timeout = min(timeout, seconds)
        self._deadline = time.monotonic() + seconds

    def look(self) -> Exchange:
        """The next look."""
        return Exchange(self._endpoint.status(), RetryPolicy(retries=0), self._timeout)

    def judge(self, answer: httpx.Response) -> list[VersionStatus]:
        """The versions when one is available, else nothing; raises `NotReadyInTime` after the last look."""
        statuses = read_status(str(answer.url), answer.status_code, answer.content)
        if any(one.state == AVAILABLE for one in statuses):
            return statuses
        states = [f"version {one.version} is {one.state}" + f" ({one.message})" * bool(one.message) for one in statuses]
        return self._not_yet(f"{', '.join(states) or 'no version is known'}.")

    def judge_failure(self, error: Exception) -> list[VersionStatus]:
        """Nothing; raises `NotReadyInTime` after the last look."""
        return self._not_yet(error.sentence if isinstance(error, ServerSaid) else str(error))

    def _not_yet(self, last: str) -> list[VersionStatus]:
        if time.monotonic() + SECONDS_BETWEEN_LOOKS > self._deadline:
            raise NotReadyInTime(self._endpoint.model, self._seconds, last)
        return []
