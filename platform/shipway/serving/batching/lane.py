"""A thread that runs batches one after the other, for models that would hold up the event loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Lane:
    """Work is handed over with `submit`; `close` ends the thread after what was handed over before.

    Attributes:
        in_hand: what its owner has handed over and not heard of yet.
    """

    def __init__(self, name: str) -> None:
        self.in_hand = 0
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def close(self) -> None:
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
