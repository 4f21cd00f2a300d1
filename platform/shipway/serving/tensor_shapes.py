"""Which shapes a signature takes, and whether inputs share their rows: the same on every transport."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shipway.data.model.signature import TensorSpec
from shipway.serving.call import Feed
from shipway.serving.faults import InvalidRequest

MOST_DIMENSIONS = 32
MOST_ELEMENTS = 2**48
"""What numpy takes, whatever the model says; sizes of 0 are left out of the product, for they hide the others."""


class WrongShape(InvalidRequest):
    """A shape that the signature does not take."""

    def __init__(self, name: str, shape: Sequence[int], spec: TensorSpec) -> None:
        shown = [*shape[:MOST_DIMENSIONS], *(["..."] if len(shape) > MOST_DIMENSIONS else [])]
        super().__init__(f"The input {name!r} has the shape {shown} and the signature takes {spec}.")


def fits(shape: Sequence[int], spec: TensorSpec) -> bool:
    """Whether a shape is one that the input takes.

    Inner dimensions of 1 may be left out, and the model then gets what was sent: TensorFlow Serving's own first example
    sends [1.0, 2.0, 5.0] to a signature of float32[?, 1], and gets three numbers back.
    """
    if len(shape) > MOST_DIMENSIONS or math.prod(filter(None, shape)) > MOST_ELEMENTS:
        return False
    if spec.shape is None:
        return True
    rank = len(spec.shape)
    if len(shape) != rank and not (0 < len(shape) < rank and set(spec.shape[len(shape) :]) == {1}):
        return False
    return all(wanted is None or size == wanted for size, wanted in zip(shape, spec.shape, strict=False))


def rows_in_common(feed: Feed) -> int:
    """The first dimension of all inputs; 0 where they have none in common, so that the request must run alone.

    An array without elements counts as without rows, however large its first dimension is said to be.
    """
    rows = -1
    for column in feed.values():
        size = len(column) if isinstance(column, list) or (column.size and column.ndim) else 0
        if size != rows:
            if rows >= 0:
                return 0
            rows = size
    return max(rows, 0)
