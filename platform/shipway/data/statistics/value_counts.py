"""How often each value of a categorical feature occurs: counted exactly while memory allows, by sketches after that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.statistics.capacity import Capacity

KMV_BUCKETS = 16384
MISRA_GRIES_BUCKETS = 1024
LARGE_STRING = 1024
NON_UTF8_PLACEHOLDER = "__BYTES_VALUE__"
LARGE_STRING_PLACEHOLDER = "__LARGE_BYTES__"


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
            weights = weights[values.is_valid().to_numpy(zero_copy_only=False)]
        values = values.drop_null()
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    codes, size = encoded.indices.to_numpy(), len(encoded.dictionary)
    counts = np.bincount(codes, minlength=size)
    summed = None if weights is None else np.bincount(codes, weights, minlength=size)
    return Distinct(_as_large(encoded.dictionary), counts, summed)


class ValueCounts:
    """Counts of a stream of values.

    Batches of different values wait until they have doubled in number and are then added up, so that each value is
    looked at a constant number of times.
    """

    def __init__(self, capacity: Capacity, largest_rank: int) -> None:
        self.capacity = capacity
        self.sketch: CountSketch | None = None
        self._largest_rank = largest_rank
        self._pending: list[Distinct] = []
        self._waiting = 0
        self._settled = 0

    def add(self, batch: Distinct) -> None:
        if self.sketch is not None:
            self.sketch.add(batch)
        elif len(batch):
            self._pending.append(batch)
            self._waiting += len(batch)
            if self._waiting > 2 * self._settled + (1 << 16):
                self._settle()

    def merge(self, other: ValueCounts) -> None:
        for batch in other._pending:
            self.add(batch)
        if other.sketch is not None:
            self._start_sketch()
            assert self.sketch is not None
            self.sketch.merge(other.sketch)

    def top(self, most: int) -> tuple[int, Distinct]:
        """How many different values there are, and the `most` frequent of them in no order (weights left out)."""
        if self.sketch is not None:
            return self.sketch.unique, self.sketch.frequent
        distinct = self._settle()
        return len(distinct), _most_frequent(distinct.values, distinct.counts, most)

    def weighted_top(self, most: int) -> Distinct:
        """As `top`, by weight; `counts` are then the weights."""
        if self.sketch is not None:
            return self.sketch.weighted_frequent
        distinct = self._settle()
        weights = distinct.weights if distinct.weights is not None else distinct.counts.astype(np.float64)
        return _most_frequent(distinct.values, weights, most)

    def _settle(self) -> Distinct:
        distinct = _added_up(self._pending)
        self._pending = [distinct] if len(distinct) else []
        self._settled = self._waiting = len(distinct)
        if len(distinct) > self.capacity.distinct_values or distinct.values.nbytes > self.capacity.distinct_bytes:
            self._start_sketch()
        return distinct

    def _start_sketch(self) -> None:
        if self.sketch is None:
            self.sketch = CountSketch(self._largest_rank)
            for batch in self._pending:
                self.sketch.add(batch)
            self._pending = []


class CountSketch:
    """TFDV's sketches of unique values and of frequent ones; long strings share one placeholder, as they do there."""

    def __init__(self, largest_rank: int) -> None:
        from tfx_bsl.sketches import KmvSketch, MisraGriesSketch

        def misra_gries() -> MisraGriesSketch:
            return MisraGriesSketch(
                max(MISRA_GRIES_BUCKETS, largest_rank), NON_UTF8_PLACEHOLDER, LARGE_STRING, LARGE_STRING_PLACEHOLDER
            )

        self._unique = KmvSketch(KMV_BUCKETS)
        self._frequent = misra_gries()
        self._weighted = misra_gries()

    def add(self, batch: Distinct) -> None:
        self._unique.AddValues(batch.values)
        self._frequent.AddValues(batch.values, pa.array(batch.counts, pa.float32()))
        if batch.weights is not None:
            self._weighted.AddValues(batch.values, pa.array(batch.weights, pa.float32()))

    def merge(self, other: CountSketch) -> None:
        self._unique.Merge(other._unique)
        self._frequent.Merge(other._frequent)
        self._weighted.Merge(other._weighted)

    @property
    def unique(self) -> int:
        return int(self._unique.Estimate())

    @property
    def frequent(self) -> Distinct:
        return _estimated(self._frequent)

    @property
    def weighted_frequent(self) -> Distinct:
        return _estimated(self._weighted)


def _estimated(sketch: object) -> Distinct:
    estimate = sketch.Estimate()  # type: ignore[attr-defined]
    return Distinct(estimate.field(0), estimate.field(1).to_numpy(zero_copy_only=False))


def _added_up(batches: list[Distinct]) -> Distinct:
    if not batches:
        return Distinct(pa.array([], pa.large_binary()), np.empty(0, np.int64))
    if len(batches) == 1:
        return batches[0]
    encoded = pa.concat_arrays([batch.values for batch in batches]).dictionary_encode()
    codes = encoded.indices.to_numpy()
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
    tied = values.take(pa.array(np.flatnonzero(counts == limit)))
    tied = tied.take(pc.select_k_unstable(tied, most - above.size, [("", "descending")]))
    chosen = pa.concat_arrays([values.take(pa.array(above)), tied])
    return Distinct(chosen, np.concatenate([counts[above], np.full(len(tied), limit, counts.dtype)]))


def _as_large(values: pa.Array) -> pa.Array:
    """Strings with 64-bit offsets: those of many batches may exceed 2 GiB together."""
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type) or pa.types.is_large_string(values.type):
        return values.cast(pa.large_binary())
    return values
