"""Ctrl-C and SIGTERM while a run goes on: they wake the run's loop instead of breaking into whatever it is doing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shipway.runner.loop import EventLoop

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts(loop: EventLoop, callback: Callable[[], None], at_once: Callable[[], None]) -> Iterator[None]:
    """Call back from the loop for every signal that asks to stop; earlier handlers come back afterwards.

    `at_once` is called in the middle of whatever goes on, so that the loop gets to the callback soon. Only a process's
    main thread may handle signals; in any other one this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def wake() -> None:
        os.read(read_end, 64)
        callback()

    loop.watch(read_end, wake)

    def handle(*_: object) -> None:
        at_once()
        _poke(write_end)

    earlier = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        loop.forget(read_end)
        os.close(read_end)
        os.close(write_end)


def _poke(descriptor: int) -> None:
    try:
        os.write(descriptor, b"!")
    except BlockingIOError:
        return
