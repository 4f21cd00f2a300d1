"""How loading went, and which versions the metrics may forget."""

from __future__ import annotations

from collections import deque

from shipway.endpoint.buckets import Buckets
from shipway.serving.observing.metrics.bounds import LOAD_SECONDS

KEPT_VERSIONS = 5
"""Unloaded versions of a model that are still shown; a server that follows a trainer for months sees thousands."""


class LoadCounts:
    """The loads of one model's versions."""

    __slots__ = ("failed", "seconds", "unloaded")

    def __init__(self) -> None:
        self.seconds = Buckets(LOAD_SECONDS)
        self.failed = 0
        self.unloaded: deque[int] = deque()

    def note_unloaded(self, version: int) -> int | None:
        """A version has gone; returns the version that is to be forgotten for it, if any."""
        self.note_back(version)
        self.unloaded.append(version)
        return self.unloaded.popleft() if len(self.unloaded) > KEPT_VERSIONS else None

    def note_back(self, version: int) -> None:
        """A version that may have been unloaded before is there."""
        if version in self.unloaded:
            self.unloaded.remove(version)
