"""Reading ahead: the next batches are made on a thread of their own while the present one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
END = object()


class _Failure:
    """An exception on its way from the reading thread to the one that works."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def prefetched(items: Iterable[T], depth: int = 4) -> Iterator[T]:
    """The same items in the same order, at most `depth` of them waiting; an exception comes where it would have."""
    waiting: queue.Queue[object] = queue.Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, waiting, stopped), name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not END:
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        while thread.is_alive():
            _drain(waiting)
            thread.join(0.01)


def _fill(items: Iterable[T], waiting: queue.Queue[object], stopped: threading.Event) -> None:
    try:
        for item in items:
            if stopped.is_set():
                return
            waiting.put(item)
        waiting.put(END)
    except BaseException as error:
        waiting.put(_Failure(error))


def _drain(waiting: queue.Queue[object]) -> None:
    while not waiting.empty():
        waiting.get_nowait()
