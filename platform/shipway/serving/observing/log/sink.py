"""The contract between the log and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shipway.serving.observing.log.taken import TakenBatch


class Sink(Protocol):
    """A destination. All methods but `open` are called in the log's own thread.

    Attributes:
        written_rows: rows that have safely arrived.
        lost_rows: rows that have not, and will not.
        share: of its time that the thread may work, so that a slow destination takes no more of the interpreter.
    """

    written_rows: int
    lost_rows: int
    share: float

    def open(self) -> None:
        """Get ready, before the server starts; raises `ShipwayError` where the destination cannot be used."""

    def write(self, batches: Sequence[TakenBatch], clock: float) -> None:
        """Take rows. `clock` makes the batches' times seconds since 1970. What cannot be written is counted and, now
        and then, logged."""

    def tick(self) -> None:
        """Called several times a second: the place to end what is old enough."""

    def close(self, seconds: float) -> None:
        """Bring everything to its destination within so many seconds."""
