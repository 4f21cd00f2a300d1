"""Keeping the index as the store is. Who searches waits a moment for the newest; a thread reads on if it takes more.

Artifacts are read from the newest to the oldest once, and after that only the new ones and those that changed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from shipway.dashboards.pages.artifacts.search.index import SearchIndex
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.listing import last_changed_pages, newest_pages

MOST_BYTES = 400 << 20
"""Of memory for the texts: about 800,000 artifacts."""

FRESH_SECONDS = 1.0
WAIT_SECONDS = 0.1


class ArtifactFeed:
    """The index of the store that `queries` gives at the moment; another store begins an index anew."""

    def __init__(
        self, queries: Callable[[], LineageQueries], most_bytes: int = MOST_BYTES, fresh_seconds: float = FRESH_SECONDS
    ) -> None:
        self._queries = queries
        self._most_bytes = most_bytes
        self._fresh_seconds = fresh_seconds
        self._guard = threading.Lock()
        self._reading: _Reading | None = None

    def current(self, wait_seconds: float = WAIT_SECONDS) -> tuple[SearchIndex, bool]:
        """The index, and whether it has everything; waits at most `wait_seconds` for that.

        Raises what the last attempt to read the store raised.
        """
        queries = self._queries()
        with self._guard:
            if self._reading is None or self._reading.queries is not queries:
                self._reading = _Reading(queries, SearchIndex(self._most_bytes))
            reading = self._reading
        reading.start_if_older(self._fresh_seconds)
        finished = reading.finished.wait(wait_seconds)
        if reading.error is not None:
            raise reading.error
        return reading.index, finished or reading.is_filled


class _Reading:
    """One store and the index of it. Only one thread at a time reads."""

    def __init__(self, queries: LineageQueries, index: SearchIndex) -> None:
        self.queries = queries
        self.index = index
        self.finished = threading.Event()
        self.is_filled = False
        self.error: Exception | None = None
        self._turn = threading.Lock()
        self._is_going_on = False
        self._done_at = float("-inf")
        self._lowest: int | None = None

    def start_if_older(self, seconds: float) -> None:
        """Read what is new, unless that is being done or was done within these seconds."""
        with self._turn:
            if self._is_going_on or time.monotonic() - self._done_at < seconds:
                return
            self._is_going_on = True
            self.finished.clear()
        threading.Thread(target=self._run, name="artifact search", daemon=True).start()

    def _run(self) -> None:
        error: Exception | None = None
        try:
            self._read()
        except Exception as caught:  # told to who asks
            error = caught
        with self._turn:
            self.error = error
            self._done_at = time.monotonic()
            self._is_going_on = False
            self.finished.set()

    def _read(self) -> None:
        service = self.queries.service
        if self._lowest is not None:
            self._take_new(newest_pages(service))
            self._take_new(last_changed_pages(service))
        if not self.is_filled:
            self._fill()

    def _take_new(self, pages: Iterable[list[RecordedArtifact]]) -> None:
        """Take in pages up to the first that brings nothing."""
        for page in pages:
            if not self.index.add(page):
                return

    def _fill(self) -> None:
        for page in newest_pages(self.queries.service, self._lowest):
            self._lowest = page[-1].id
            self.index.add(page)
            if self.index.forgotten_below:
                break
        self.is_filled = True
