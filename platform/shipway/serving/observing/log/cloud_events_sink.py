"""The log as CloudEvents, posted to a URL in batches.

Making JSON of rows takes the interpreter about ten times as long as making columns of them: the thread works a part of
the time only, and beyond what it can do then, rows are dropped. High rates belong into Parquet.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx

from shipway.endpoint.occasional import Occasionally
from shipway.errors import in_one_line
from shipway.serving.observing.log.cloud_events import BATCH_CONTENT_TYPE, encode, events_of
from shipway.serving.observing.log.taken import TakenBatch

EVENTS_A_POST = 100
TRIES = 3
SECONDS_BETWEEN_TRIES = 0.2
"""Doubled after each."""

SECONDS_TO_RECOVER = 5.0
"""How long nothing is sent to a URL that did not take events."""

HEADERS = {"content-type": f"{BATCH_CONTENT_TYPE}; charset=utf-8"}

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The URL answered with a status that says no."""


class CloudEventsSink:
    """A `Sink`. Each request is one event, however many rows it has.

    Args:
        url: gets the events by POST, up to a hundred at a time.
        seconds: until a POST is given up.
    """

    share = 0.2

    def __init__(self, url: str, *, seconds: float = 5.0, transport: httpx.BaseTransport | None = None) -> None:
        self.written_rows = 0
        self.lost_rows = 0
        self._url = url
        self._place = _without_secrets(url)
        self._client = httpx.Client(timeout=seconds, transport=transport, headers=HEADERS)
        self._next_try = 0.0
        self._complaint = Occasionally()

    def open(self) -> None:
        """Nothing: the receiver may start later than the server."""

    def write(self, batches: Sequence[TakenBatch], clock: float) -> None:
        for events, rows in _posts(batches, clock):
            if monotonic() < self._next_try or not self._deliver(encode(events)):
                self.lost_rows += rows
            else:
                self.written_rows += rows

    def tick(self) -> None:
        """Nothing: events are sent at once."""

    def close(self, seconds: float) -> None:
        self._client.close()

    def _deliver(self, body: bytes) -> bool:
        wait = SECONDS_BETWEEN_TRIES
        for last in (*[False] * (TRIES - 1), True):
            try:
                response = self._client.post(self._url, content=body)
                if response.is_success:
                    return True
                error: Exception = NotTaken(f"it answered {response.status_code}")
                if response.status_code < 500 and response.status_code != 429:
                    break
            except httpx.HTTPError as failure:
                error = failure
            if not last:
                time.sleep(wait)
                wait *= 2
        self._failed(error)
        return False

    def _failed(self, error: Exception) -> None:
        self._next_try = monotonic() + SECONDS_TO_RECOVER
        if self._complaint.is_due():
            log.error("Inference events cannot be sent to %s (%s): they are dropped until it takes them.",
                      self._place, in_one_line(error))  # fmt: skip


def _without_secrets(url: str) -> str:
    """The URL without what it may hold of names, passwords and keys."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _posts(batches: Sequence[TakenBatch], clock: float) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Events for one POST each, and how many rows they stand for."""
    events: list[dict[str, Any]] = []
    rows = 0
    for batch in batches:
        for event, event_rows in zip(events_of(batch, clock), batch.call_rows, strict=True):
            events.append(event)
            rows += event_rows
            if len(events) == EVENTS_A_POST:
                yield events, rows
                events, rows = [], 0
    if events:
        yield events, rows
