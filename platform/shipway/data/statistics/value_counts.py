"""How often each value of a categorical feature occurs: exactly while memory allows, the frequent ones after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.arrays import from_numpy, to_numpy, valid_mask
from shipway.data.statistics.capacity import Capacity

KMV_BUCKETS = 16384
"""As many as TFDV has: an estimate within about 1 %."""


@dataclass(frozen=True)
class Distinct:
    """Different values, how often each occurs (int64), and the weight of its occurrences (float64; None without)."""

    values: pa.Array
    counts: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)


def count_values(values: pa.Array, weights: np.ndarray | None = None) -> Distinct:
    """Count an array of strings, bytes or integers; nulls are left out. `weights` is one float64 per value."""
    if values.null_count:
        if weights is not None:
            weights = weights[valid_mask(values)]
        values = pc.drop_null(values)
    encoded = values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    codes, size = to_numpy(encoded.indices), len(encoded.dictionary)
    counts = np.bincount(codes, minlength=size)
    summed = None if weights is None else np.bincount(codes, weights, minlength=size)
    return Distinct(_as_large(encoded.dictionary), counts, summed)


class ValueCounts:
    """Counts of a stream of values.

    Batches of different values wait until they have doubled in number and are then added up, so that each value is
    looked at a constant number of times. When there are more different values than `capacity` allows, the rarer half
    is forgotten (lossy counting, Manku and Motwani 2002): a value that comes back has lost what it had counted, so rare
    values are undercounted, and frequent ones are not. How many there were is then what a KMV sketch estimates.
    """

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self._pending: list[Distinct] = []
        self._waiting = 0
        self._settled = 0
        self._seen: Any = None

    def add(self, batch: Distinct) -> None:
        if not len(batch):
            return
        if self._seen is not None:
            self._seen.AddValues(batch.values)
        self._pending.append(batch)
        self._waiting += len(batch)
        if self._waiting > 2 * self._settled + (1 << 16):
            self._settle()

    def merge(self, other: ValueCounts) -> None:
        if other._seen is not None:
            self._count_seen()
            self._seen.Merge(other._seen)
        for batch in other._pending:
            self.add(batch)

    def top(self, most: int) -> tuple[int, Distinct]:
        """How many different values there are, and the `most` frequent of them in no order (weights left out)."""
        distinct = self._settle()
        unique = len(distinct) if self._seen is None else int(self._seen.Estimate())
        return unique, _most_frequent(distinct.values, distinct.counts, most)

    def weighted_top(self, most: int) -> Distinct:
        """As `top`, by weight; `counts` are then the weights."""
        distinct = self._settle()
        weights = distinct.weights if distinct.weights is not None else distinct.counts.astype(np.float64)
        return _most_frequent(distinct.values, weights, most)

    def _settle(self) -> Distinct:
        distinct = _added_up(self._pending)
        if len(distinct) > self.capacity.distinct_values or distinct.values.nbytes > self.capacity.distinct_bytes:
            self._pending = [distinct]
            self._count_seen()
            distinct = _commoner_half(distinct, self.capacity)
        self._pending = [distinct] if len(distinct) else []
        self._settled = self._waiting = len(distinct)
        return distinct

    def _count_seen(self) -> None:
        """From now on, let a sketch remember how many different values there were."""
        if self._seen is None:
            from tfx_bsl.sketches import KmvSketch

            self._seen = KmvSketch(KMV_BUCKETS)
            for batch in self._pending:
                self._seen.AddValues(batch.values)


def _commoner_half(distinct: Distinct, capacity: Capacity) -> Distinct:
    """The most frequent values, or heaviest, that take up half of what is allowed."""
    importance = distinct.counts / distinct.counts.sum()
    if distinct.weights is not None and distinct.weights.any():
        importance = importance + distinct.weights / distinct.weights.sum()
    order = np.argsort(-importance, kind="stable")[: capacity.distinct_values // 2]
    values = pc.take(distinct.values, from_numpy(order))
    if pa.types.is_large_binary(values.type):
        sizes = np.cumsum(to_numpy(pc.binary_length(values)) + 8)
        fitting = max(int(np.searchsorted(sizes, capacity.distinct_bytes // 2, "right")), 1)
        order, values = order[:fitting], values[:fitting]
    weights = None if distinct.weights is None else distinct.weights[order]
    return Distinct(values, distinct.counts[order], weights)


def _added_up(batches: list[Distinct]) -> Distinct:
    if not batches:
        return Distinct(pa.nulls(0, pa.large_binary()), np.empty(0, np.int64))
    if len(batches) == 1:
        return batches[0]
    encoded = pc.dictionary_encode(pa.concat_arrays([batch.values for batch in batches]))
    codes = to_numpy(encoded.indices)
    counts = np.bincount(codes, np.concatenate([batch.counts for batch in batches])).astype(np.int64)
    weighted = [batch.weights for batch in batches if batch.weights is not None]
    weights = np.bincount(codes, np.concatenate(weighted)) if weighted else None
    return Distinct(encoded.dictionary, counts, weights)


def _most_frequent(values: pa.Array, counts: np.ndarray, most: int) -> Distinct:
    """The `most` values of the greatest counts; among equal counts the greatest values win."""
    if len(values) <= most:
        return Distinct(values, counts)
    limit = np.partition(counts, counts.size - most)[counts.size - most]
    above = np.flatnonzero(counts > limit)
    tied = pc.take(values, from_numpy(np.flatnonzero(counts == limit)))
    tied = pc.take(tied, pc.select_k_unstable(tied, most - above.size, [("", "descending")]))
    chosen = pa.concat_arrays([pc.take(values, from_numpy(above)), tied])
    return Distinct(chosen, np.concatenate([counts[above], np.full(len(tied), limit, counts.dtype)]))


def _as_large(values: pa.Array) -> pa.Array:
    """Strings with 64-bit offsets: those of many batches may exceed 2 GiB together."""
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type) or pa.types.is_large_string(values.type):
        return pc.cast(values, pa.large_binary())
    return values
