"""How the arrays of a taken batch lie: by row, or as whole tensors of one request."""

from __future__ import annotations

from typing import NamedTuple

from shipway.serving.observing.log.taken import TakenBatch


class Layout(NamedTuple):
    """What rows of one table, and of one file, have in common."""

    model: str
    version: int
    signature: str
    is_by_row: bool
    """Whether arrays have rows; if not, a whole request is one log row."""


def is_by_row(batch: TakenBatch) -> bool:
    """Whether every array of a batch has its rows as the first dimension."""
    if len(batch.ids) > 1:
        return True
    if batch.is_solo:
        return False
    return batch.outputs is None or all(array.ndim and len(array) == batch.rows for array in batch.outputs.values())
