"""How often a wrong token may be tried: a guesser gets a few tries a minute, however many addresses it has."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

WINDOW_SECONDS = 60.0
OF_ONE_ADDRESS, OF_ALL = 5, 50
MOST_ADDRESSES = 1000


class Attempts:
    """Wrong tries within the last minute. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._all: deque[float] = deque(maxlen=OF_ALL)
        self._by_address: dict[str, deque[float]] = {}

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 when it may now."""
        with self._lock:
            now = self._clock()
            own = self._by_address.get(address, ())
            return max(_wait(own, OF_ONE_ADDRESS, now), _wait(self._all, OF_ALL, now))

    def failed(self, address: str) -> None:
        """Remember a wrong try."""
        with self._lock:
            now = self._clock()
            if len(self._by_address) >= MOST_ADDRESSES:
                recent = {one: tries for one, tries in self._by_address.items() if tries[-1] > now - WINDOW_SECONDS}
                self._by_address = recent if len(recent) < MOST_ADDRESSES else {}
            self._all.append(now)
            self._by_address.setdefault(address, deque(maxlen=OF_ONE_ADDRESS)).append(now)


def _wait(tries: Sequence[float], most: int, now: float) -> int:
    """The oldest of the last `most` tries must have left the window."""
    if len(tries) < most:
        return 0
    left = tries[0] + WINDOW_SECONDS - now
    return int(left) + 1 if left > 0 else 0
