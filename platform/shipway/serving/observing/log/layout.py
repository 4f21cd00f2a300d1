"""How the arrays of a taken batch lie: by row, or as whole tensors of one request."""

from __future__ import annotations

from shipway.serving.observing.log.taken import TakenBatch


def is_by_row(batch: TakenBatch) -> bool:
    """Whether every array of a batch has its rows as the first dimension."""
    if len(batch.ids) > 1:
        return True
    present = [arrays for arrays in (batch.feed, batch.outputs) if arrays is not None]
    return all(array.ndim and len(array) == batch.rows for arrays in present for array in arrays.values())
