"""Quantiles of a stream: exact while it is small, with a bounded rank error in bounded memory when it is not."""

from __future__ import annotations

import numpy as np

Entries = tuple[np.ndarray, np.ndarray]
"""Different values in ascending order, and the weight of each."""


class QuantileSummary:
    """Values with weights, of which quantiles are asked at the end.

    Up to `capacity` values are kept as they come. When they are more, they are sorted and thinned to a quarter of that
    as points of equal weight, and thinned blocks are merged pairwise level by level (Munro and Paterson, 1980): after L
    levels the rank error is at most L / (capacity / 2) of the total weight. A stream with few different values is
    never thinned and stays exact.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.points = max(capacity // 4, 2)
        self._pending: list[tuple[np.ndarray, np.ndarray | None]] = []
        self._pending_size = 0
        self._levels: list[Entries | None] = []

    def add(self, values: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add values without NaN; a value of weight 0 or less counts for nothing."""
        if weights is not None:
            counted = weights > 0
            if not counted.all():
                values, weights = values[counted], weights[counted]
        if values.size:
            self._pending.append((values, weights))
            self._pending_size += values.size
            if self._pending_size > self.capacity:
                self._thin_pending()

    def merge(self, other: QuantileSummary) -> None:
        for values, weights in other._pending:
            self.add(values, weights)
        for entries in other._levels:
            if entries is not None:
                self._push(entries)

    def entries(self) -> Entries:
        """All that was added, as different values (float64, ascending) and their weights (float64)."""
        blocks = [level for level in self._levels if level is not None]
        if self._pending:
            blocks.append(_sorted_entries(self._pending))
        return merged_entries(blocks)

    def quantiles(self, buckets: int) -> Entries:
        """The `buckets` + 1 boundaries from the least to the greatest value, and the weight up to each boundary.

        A boundary is a value of the stream: the one whose range of ranks holds the wanted rank, or is nearest to it, by
        the rule of tfx_bsl's quantiles sketch. Both arrays are empty when nothing was added.
        """
        return boundaries(self.entries(), buckets)

    def _thin_pending(self) -> None:
        block = _sorted_entries(self._pending)
        self._pending, self._pending_size = [], 0
        self._push(_thinned(block, self.points))

    def _push(self, block: Entries) -> None:
        for level, held in enumerate(self._levels):
            if held is None:
                self._levels[level] = block
                return
            self._levels[level] = None
            block = _thinned(merged_entries([held, block]), self.points)
        self._levels.append(block)


def boundaries(entries: Entries, buckets: int) -> Entries:
    """The quantile boundaries of sorted entries; see `QuantileSummary.quantiles`."""
    values, weights = entries
    if not values.size:
        return values, weights
    up_to = np.cumsum(weights)
    middle = up_to * 2 - weights
    wanted = 2 * (np.arange(buckets + 1) * up_to[-1] / buckets)
    at = np.maximum(np.searchsorted(middle, wanted, side="right") - 1, 0)
    step = (at + 1 < values.size) & (wanted >= 2 * up_to[at])
    at = at + step
    return values[at], up_to[at]


def merged_entries(blocks: list[Entries]) -> Entries:
    """Merge sorted entries of several blocks into one, adding up the weights of equal values."""
    if not blocks:
        return np.empty(0), np.empty(0)
    if len(blocks) == 1:
        return blocks[0]
    values = np.concatenate([block[0] for block in blocks])
    weights = np.concatenate([block[1] for block in blocks])
    return _weighted_entries(values, weights)


def _sorted_entries(pending: list[tuple[np.ndarray, np.ndarray | None]]) -> Entries:
    if any(weights is not None for _, weights in pending):
        values = np.concatenate([values.astype(np.float64) for values, _ in pending])
        weighted = [np.ones(values.size) if weights is None else weights for values, weights in pending]
        return _weighted_entries(values, np.concatenate(weighted).astype(np.float64))
    values = np.concatenate([values for values, _ in pending])
    values = np.sort(values).astype(np.float64, copy=False)
    starts = _starts(values)
    return values[starts], np.diff(starts, append=values.size).astype(np.float64)


def _weighted_entries(values: np.ndarray, weights: np.ndarray) -> Entries:
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    starts = _starts(values)
    return values[starts], np.add.reduceat(weights, starts)


def _starts(ordered: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])


def _thinned(entries: Entries, points: int) -> Entries:
    values, weights = entries
    if values.size <= points:
        return entries
    up_to = np.cumsum(weights)
    middles = (np.arange(points) + 0.5) * (up_to[-1] / points)
    at = np.minimum(np.searchsorted(up_to, middles), values.size - 1)
    at[0], at[-1] = 0, values.size - 1
    return _weighted_entries(values[at], np.full(points, up_to[-1] / points))
