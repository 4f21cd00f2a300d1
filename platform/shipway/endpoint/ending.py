"""Being told to end: SIGTERM from a cluster, SIGINT from a person."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def told_to_end() -> Iterator[threading.Event]:
    """An event that the signals to end set."""
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
