"""One kind of node and how far it has been read, by the time of its last change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

OVERLAP_MS = 30_000
"""How far back each look goes: a writer's clock may lag, and a transaction may wait so long for its commit."""


class WentBack(Exception):
    """The latest change is older than what was read before: it is another store, or an older one."""


class News:
    """The nodes that `list_latest_first` gives, each change of them once."""

    def __init__(self, list_latest_first: Callable[[], Iterator[Any]], state: Callable[[Any], Any]) -> None:
        self._list = list_latest_first
        self._state = state
        self._latest_ms = 0
        self._seen: dict[int, tuple[int, Any]] = {}

    def begin(self) -> None:
        """Take all that is there now as read; the caller reads it another way, after this."""
        newest = next(self._list(), None)
        self._latest_ms = newest.last_update_time_since_epoch if newest is not None else 0

    def read(self) -> list[Any]:
        """What has changed since the last time, latest first. Raises `WentBack`."""
        recent = self._recent()
        latest_ms = recent[0].last_update_time_since_epoch if recent else 0
        if latest_ms < self._latest_ms - OVERLAP_MS:
            raise WentBack
        now = {one.id: (one.last_update_time_since_epoch, self._state(one)) for one in recent}
        fresh = [one for one in recent if self._seen.get(one.id) != now[one.id]]
        self._seen = now
        self._latest_ms = max(latest_ms, self._latest_ms)
        return fresh

    def _recent(self) -> list[Any]:
        """Whatever changed since the overlap; the latest in any case."""
        found: list[Any] = []
        for one in self._list():
            if found and one.last_update_time_since_epoch < self._latest_ms - OVERLAP_MS:
                break
            found.append(one)
        return found
