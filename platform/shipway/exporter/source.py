"""The store that is followed: opened when it is first needed, and anew when its file is another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shipway.lineage import LineageQueries
from shipway.lineage.following import Changes, Feed, StoreReplaced
from shipway.settings import MetadataAddress

PATIENCE_SECONDS = 2.0
"""How long a service that is away is waited for: the next refresh asks again."""


class Source:
    """What is new in the store at `address`."""

    def __init__(self, address: MetadataAddress) -> None:
        self._address = replace(address, patience_seconds=min(address.patience_seconds, PATIENCE_SECONDS))
        self._queries: LineageQueries | None = None
        self._feed: Feed | None = None
        self._file: tuple[int, int] | None = None

    def __str__(self) -> str:
        return repr(self._address.url or str(self._address.path))

    def changes(self) -> Iterator[Changes]:
        """Everything the first time, then what came since. Raises what the store raises, and `StoreReplaced`."""
        if self._feed is None:
            self._file = self._identity()
            self._queries = LineageQueries.open(self._address)
            self._feed = Feed(self._queries.service)
        elif self._identity() != self._file:
            raise StoreReplaced
        yield from self._feed.changes()

    def close(self) -> None:
        """Let go of the store; the next `changes` begin with everything."""
        if self._queries is not None:
            self._queries.close()
        self._queries = self._feed = None

    def _identity(self) -> tuple[int, int] | None:
        """What tells a store's file from one that was put in its place."""
        if self._address.path is None or not self._address.path.exists():
            return None
        status = self._address.path.stat()
        return status.st_dev, status.st_ino
