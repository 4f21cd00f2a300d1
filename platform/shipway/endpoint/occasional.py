"""Saying again only after a while what would otherwise be said thousands of times a second."""

from __future__ import annotations

from time import monotonic

SECONDS = 60.0


class Occasionally:
    """True at first, and then once in so many seconds."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._next = 0.0

    def is_due(self) -> bool:
        now = monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True
