"""When a run has finished, out of what the store holds of it.

A run is a sequence of stretches in which something of it runs. A stretch is over when the run's runner says so, or when
nothing of the run has begun for a while. This is worked out of recorded times alone and only ever adds endings at the
end: a counter over it never falls, and an exporter that is started anew comes to the same numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

RUNNING = "RUNNING"
SUCCEEDED, FAILED, CANCELED = "SUCCEEDED", "FAILED", "CANCELED"


class Attempt(NamedTuple):
    """One try of a task. Times in milliseconds since the epoch; `ended_ms` has no meaning while it runs."""

    task: str
    state: str
    began_ms: int
    ended_ms: int


class Ending(NamedTuple):
    """A run finished."""

    state: str
    began_ms: int
    ended_ms: int


def endings(
    attempts: Iterable[Attempt], words: Sequence[tuple[str, int]], quiet_ms: int, now_ms: int
) -> tuple[list[Ending], bool]:
    """The endings of a run so far, and whether it may go on by itself.

    `attempts` in the order of their records; `words` are the runner's: states with their times, oldest first.
    """
    waiting = deque(words)
    found: list[Ending] = []
    stretch = _Stretch()
    for attempt in sorted(attempts, key=lambda one: one.began_ms):
        if over := _endings_before(attempt.began_ms, stretch, waiting, quiet_ms):
            found += over
            stretch = stretch.next()
        stretch.add(attempt)
    over = _endings_before(now_ms, stretch, waiting, quiet_ms)
    return found + over, not over and not stretch.is_empty


class _Stretch:
    """Attempts without a pause, and how each task stood at last."""

    def __init__(self, states: dict[str, str] | None = None) -> None:
        self.states = states or {}
        self.began_ms = self.last_ms = 0
        self.is_empty = True
        self.is_running = False

    def next(self) -> _Stretch:
        return _Stretch(self.states)

    def add(self, attempt: Attempt) -> None:
        self.began_ms = attempt.began_ms if self.is_empty else self.began_ms
        self.is_empty = False
        self.is_running = self.is_running or attempt.state == RUNNING
        self.last_ms = max(self.last_ms, attempt.began_ms if attempt.state == RUNNING else attempt.ended_ms)
        self.states[attempt.task] = attempt.state

    @property
    def state(self) -> str:
        """By the last attempt at each task."""
        states = self.states.values()
        return next((state for state in (FAILED, CANCELED) if state in states), SUCCEEDED)


def _endings_before(moment_ms: int, stretch: _Stretch, waiting: deque[tuple[str, int]], quiet_ms: int) -> list[Ending]:
    found: list[Ending] = []
    while waiting and waiting[0][1] <= moment_ms:
        state, at_ms = waiting.popleft()
        began_ms = at_ms if stretch.is_empty or found else stretch.began_ms
        found.append(Ending(state, began_ms, max(at_ms, began_ms)))
    if not (found or stretch.is_empty or stretch.is_running) and moment_ms - stretch.last_ms >= quiet_ms:
        found.append(Ending(stretch.state, stretch.began_ms, stretch.last_ms))
    return found
