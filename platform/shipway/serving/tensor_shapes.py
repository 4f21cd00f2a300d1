"""Which shapes a signature takes, and whether inputs share their rows: the same on every transport."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.data.model.signature import TensorSpec
from shipway.serving.call import Feed
from shipway.serving.faults import InvalidRequest


class WrongShape(InvalidRequest):
    """A shape that the signature does not take."""

    def __init__(self, name: str, shape: Sequence[int], spec: TensorSpec) -> None:
        super().__init__(f"The input {name!r} has the shape {list(shape)} and the signature takes {spec}.")


def fits(shape: Sequence[int], spec: TensorSpec) -> bool:
    """Whether a shape is one that the input takes."""
    if spec.shape is None:
        return True
    if len(shape) != len(spec.shape):
        return False
    return all(wanted is None or size == wanted for size, wanted in zip(shape, spec.shape, strict=True))


def rows_in_common(feed: Feed) -> int:
    """The first dimension of all inputs; 0 where they have none in common, so that the request must run alone."""
    rows = -1
    for column in feed.values():
        size = len(column) if isinstance(column, list) or column.ndim else 0
        if size != rows:
            if rows >= 0:
                return 0
            rows = size
    return max(rows, 0)
