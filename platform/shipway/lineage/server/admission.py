"""How many calls the server has in hand at once."""

from __future__ import annotations

import asyncio

from shipway.lineage.server.answer import RESOURCE_EXHAUSTED, UNAVAILABLE, Answer

STOPPING = Answer(UNAVAILABLE, "The metadata service is stopping: ask again in a moment.")


class Admission:
    """Counts calls under way, and knows when there may be no more.

    Attributes:
        count: calls under way.
    """

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._is_draining = False
        self._full = Answer(
            RESOURCE_EXHAUSTED, f"The metadata service has {most} calls in hand, which is its limit: ask again later."
        )
        self._empty = asyncio.Event()

    def refusal(self) -> Answer | None:
        """Why a call that comes now is refused; None when it may come in."""
        if self._is_draining:
            return STOPPING
        return self._full if self.count >= self._most else None

    def enter(self) -> None:
        self.count += 1

    def leave(self) -> None:
        self.count -= 1
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
