"""Holding RPCs back for a moment, so that those that came together are decoded, run and answered together.

grpc.aio takes in RPCs one after the other, several rounds of the event loop each. Whoever answers each at once never
sees two: batches stay at one row, and every request pays for the model's call and for cold caches. Measured with 18
features a row and 32 callers, answering in groups needs less than half the time.

A group goes on when it is as large as the last one was, since whoever has an answer asks again. Now and then it waits
for twice as many: when they come, groups grow. When fewer come for a moment, the next group expects half as many. A
single caller never waits.
"""

from __future__ import annotations

import asyncio
from time import monotonic

IDLE_SECONDS = 0.0005
"""How long nothing may come before a group goes on incomplete."""

LONGEST_SECONDS = 0.01
"""How long the first one of a group waits at most."""

LARGEST = 128

PROBE_SECONDS = 0.01
"""How long to be content with a size before the next attempt to gather more; a failed one costs `IDLE_SECONDS`."""


class Gathering:
    """All methods are called in the event loop.

    Attributes:
        expected: the size at which the next group goes on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.expected = 1
        self._loop = loop
        self._waiting: list[asyncio.Future[None]] = []
        self._in_hand = 0
        self._first = self._latest = 0.0
        self._is_probing = False
        self._next_probe = 0.0

    def join(self) -> asyncio.Future[None] | None:
        """An RPC's message has come: what to wait for before it is worked on, or None. `leave` must follow."""
        self._in_hand += 1
        if self.expected == 1:
            if self._in_hand > 1:
                self._went_on(1)
            return None
        future: asyncio.Future[None] = self._loop.create_future()
        self._latest = monotonic()
        self._waiting.append(future)
        if len(self._waiting) >= self.expected:
            self._go_on()
        elif len(self._waiting) == 1:
            self._first = self._latest
            self._loop.call_soon(self._look)
        return future

    @property
    def has_one(self) -> bool:
        """Whether a single RPC is in hand and no more are expected: there is nobody to wait for."""
        return self.expected == 1 and self._in_hand == 1

    def leave(self) -> None:
        """The RPC was answered. It counts for two more rounds of the event loop, in which those that came with it show
        themselves, however quickly it was answered."""
        self._loop.call_soon(self._loop.call_soon, self._left)

    def _left(self) -> None:
        self._in_hand -= 1

    def _look(self) -> None:
        """In every round of the loop while a group waits: timers of less than a millisecond do not exist there."""
        if not self._waiting:
            return
        now = monotonic()
        if now - self._latest < IDLE_SECONDS and now - self._first < LONGEST_SECONDS:
            self._loop.call_soon(self._look)
        else:
            self._go_on()

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._went_on(len(waiting))
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _went_on(self, size: int) -> None:
        """Learn from a group's size how many to expect."""
        now = monotonic()
        if size < self.expected:
            self.expected = max(size, self.expected // 2)
            self._is_probing, self._next_probe = False, now + PROBE_SECONDS
            return
        self._is_probing = self._is_probing or now >= self._next_probe
        self.expected = min(2 * size, LARGEST) if self._is_probing else size
