"""Work that takes longer than a page may: done once by a thread and kept, while pages show what there is already."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT = 32
MOST_WAITING = 4
"""Pieces of work that wait for their turn; what is asked for beyond is left until somebody asks again."""


@dataclass
class _Piece(Generic[T]):
    """A piece of work; `done_at` is when it was last done, of `time.monotonic`."""

    is_done: threading.Event = field(default_factory=threading.Event)
    is_under_way: bool = False
    done_at: float = float("-inf")
    result: T | None = None
    error: Exception | None = None


class Later(Generic[T]):
    """Results by key, each at most `fresh_seconds` old when it is given without being worked on again.

    One piece at a time is worked on, so that pages have the rest of the machine.
    """

    def __init__(self, name: str, fresh_seconds: float) -> None:
        self._name = name
        self._fresh_seconds = fresh_seconds
        self._guard = threading.Lock()
        self._turn = threading.Lock()
        self._pieces: OrderedDict[Hashable, _Piece[T]] = OrderedDict()

    def get(self, key: Hashable, work: Callable[[], T], wait_seconds: float = 0.05) -> T | None:
        """The last result, or None where there is none yet; a new one is begun where it is old.

        Raises what the work raised when there is nothing else to give.
        """
        with self._guard:
            piece = self._pieces.setdefault(key, _Piece())
            self._pieces.move_to_end(key)
            if not piece.is_under_way and time.monotonic() - piece.done_at > self._fresh_seconds:
                self._begin(piece, work)
            self._forget()
        piece.is_done.wait(wait_seconds)
        if piece.error is not None:
            raise piece.error
        return piece.result

    def _begin(self, piece: _Piece[T], work: Callable[[], T]) -> None:
        if sum(one.is_under_way for one in self._pieces.values()) >= MOST_WAITING:
            return
        piece.is_under_way = True
        threading.Thread(target=self._work, args=(piece, work), name=self._name, daemon=True).start()

    def _work(self, piece: _Piece[T], work: Callable[[], T]) -> None:
        with self._turn:
            try:
                result, error = work(), None
            except Exception as caught:  # told to who asks
                result, error = None, caught
        with self._guard:
            piece.result, piece.error = result, error
            piece.done_at = time.monotonic()
            piece.is_under_way = False
            piece.is_done.set()

    def _forget(self) -> None:
        for key in [key for key, piece in self._pieces.items() if not piece.is_under_way][:-KEPT]:
            del self._pieces[key]
