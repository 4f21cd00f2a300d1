"""How high the cells stand: each near the mean of its neighbours, none over another, in the order of its column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shipway.dashboards.drawing.columns import Columns

PASSES = 6
LANE_WEIGHT = 4.0
"""A bend in the middle of a long edge disturbs more than one at a box."""


def place_cells(columns: Columns, heights: Sequence[float], gap: float) -> list[float]:
    """The y of the middle of every cell; boxes of a column are at least `gap` apart."""
    middles = [0.0] * len(heights)
    offsets = [_offsets([heights[cell] for cell in column], gap) for column in columns.cells]
    for column, below in zip(columns.cells, offsets, strict=True):
        for cell, offset in zip(column, below, strict=True):
            middles[cell] = offset
    for number in range(PASSES):
        to_the_right = number % 2 == 0
        neighbours = columns.before if to_the_right else columns.after
        for index in range(len(offsets)) if to_the_right else reversed(range(len(offsets))):
            _settle(columns, columns.cells[index], neighbours, offsets[index], middles)
    return middles


def _offsets(heights: Sequence[float], gap: float) -> list[float]:
    """The least distance of every middle from the first one's."""
    offsets = [0.0]
    for upper, lower in pairwise(heights):
        offsets.append(offsets[-1] + (upper + lower) / 2 + gap)
    return offsets[: len(heights)]


def _settle(
    columns: Columns,
    column: Sequence[int],
    neighbours: Sequence[Sequence[int]],
    offsets: Sequence[float],
    middles: list[float],
) -> None:
    wanted, weights = [], []
    for cell, offset in zip(column, offsets, strict=True):
        others = neighbours[cell]
        mean = sum(middles[other] for other in others) / len(others) if others else middles[cell]
        straight = columns.is_lane(cell) and any(columns.is_lane(other) for other in others)
        wanted.append(mean - offset)
        weights.append(LANE_WEIGHT if straight else 1.0)
    for cell, level, offset in zip(column, rising(wanted, weights), offsets, strict=True):
        middles[cell] = level + offset


def rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The numbers nearest to `values` (least squares) of which none is smaller than the one before.

    Isotonic regression by pooling adjacent violators, in linear time.
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, total, size = pools.pop()
            together = total + pool[1]
            pool = ((mean * total + pool[0] * pool[1]) / together, together, size + pool[2])
        pools.append(pool)
    return [mean for mean, _, size in pools for _ in range(size)]
