"""How many calls the server has in hand at once, and how large they are together."""

from __future__ import annotations

import asyncio

from shipway.lineage.server.answer import RESOURCE_EXHAUSTED, UNAVAILABLE, Answer

STOPPING = Answer(UNAVAILABLE, "The metadata service is stopping: ask again in a moment.")


class Admission:
    """Counts calls under way, and knows when there may be no more.

    Args:
        most: calls.
        most_bytes: bytes of their requests; one call alone may be larger.

    Attributes:
        count: calls under way.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.count = 0
        self._bytes = 0
        self._most = most
        self._most_bytes = most_bytes
        self._is_draining = False
        self._full = Answer(
            RESOURCE_EXHAUSTED, f"The metadata service has {most} calls in hand, which is its limit: ask again later."
        )
        self._too_large = Answer(
            RESOURCE_EXHAUSTED,
            f"The metadata service has calls of {most_bytes} bytes in hand, which is its limit: ask again later.",
        )
        self._empty = asyncio.Event()

    def refusal(self, size: int) -> Answer | None:
        """Why a call of so many bytes that comes now is refused; None when it may come in."""
        if self._is_draining:
            return STOPPING
        if self.count >= self._most:
            return self._full
        return self._too_large if self.count and self._bytes + size > self._most_bytes else None

    def enter(self, size: int) -> None:
        self.count += 1
        self._bytes += size

    def leave(self, size: int) -> None:
        self.count -= 1
        self._bytes -= size
        if self._is_draining and not self.count:
            self._empty.set()

    async def drain(self, seconds: float) -> bool:
        """Let nobody in any more; whether those that were in have left within so many seconds."""
        self._is_draining = True
        if not self.count:
            return True
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            return False
        return True
