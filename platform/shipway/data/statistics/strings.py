"""The statistics of a categorical feature: strings, or integers that the schema calls categories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.data.arrays import to_numpy
from shipway.data.statistics.capacity import Capacity
from shipway.data.statistics.options import StatisticsOptions
from shipway.data.statistics.value_counts import Distinct, ValueCounts, count_values

NON_UTF8_PLACEHOLDER = "__BYTES_VALUE__"
LARGE_STRING_PLACEHOLDER = "__LARGE_BYTES__"
LARGE_STRING = 1 << 16


class Strings:
    """Lengths and counts of a stream of values."""

    def __init__(self, capacity: Capacity, weighted: bool, options: StatisticsOptions) -> None:
        self.length = 0
        self.invalid_utf8 = 0
        self.weighted = weighted
        self.options = options
        self.counts = ValueCounts(capacity)

    def add(self, values: pa.Array, weights: np.ndarray | None) -> None:
        """Add strings, bytes or numbers; a number is as long as Python's text of it."""
        distinct = count_values(values, weights)
        self.length += int(_lengths(distinct.values) @ distinct.counts)
        if pa.types.is_floating(distinct.values.type):
            distinct = replace(distinct, values=_float_labels(distinct.values))
        self.invalid_utf8 += _invalid_utf8(distinct)
        self.counts.add(distinct)

    def merge(self, other: Strings) -> None:
        self.length += other.length
        self.invalid_utf8 += other.invalid_utf8
        self.counts.merge(other.counts)

    def statistics(self, values: int) -> statistics_pb2.StringStatistics:
        """The proto, without its common statistics; `values` is how many values there are."""
        proto = statistics_pb2.StringStatistics(invalid_utf8_count=self.invalid_utf8)
        if values:
            proto.avg_length = self.length / values
        proto.unique, frequent = self.counts.top(self.options.largest_rank)
        self._add_ranks(proto, frequent, self.options.frequency_threshold)
        if self.weighted:
            heavy = self.counts.weighted_top(self.options.largest_rank)
            self._add_ranks(proto.weighted_string_stats, heavy, self.options.weighted_frequency_threshold)
        return proto

    def _add_ranks(
        self,
        proto: statistics_pb2.StringStatistics | statistics_pb2.WeightedStringStatistics,
        frequent: Distinct,
        threshold: float,
    ) -> None:
        ranked = sorted(zip(frequent.counts.tolist(), frequent.values.to_pylist(), strict=True), reverse=True)
        for rank, (count, value) in enumerate(ranked):
            if count < threshold:
                break
            label = _label(value)
            if rank < self.options.num_top_values:
                proto.top_values.add(value=label, frequency=count)
            if rank < self.options.num_rank_histogram_buckets:
                proto.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=label, sample_count=count)


def _lengths(values: pa.Array) -> np.ndarray:
    if pa.types.is_large_binary(values.type):
        return to_numpy(pc.binary_length(values))
    return np.array([len(str(value)) for value in values.to_pylist()], np.int64)


def _float_labels(values: pa.Array) -> pa.Array:
    """The text by which TFDV tells categories of floats apart: six significant digits."""
    return pa.array([b"%g" % value for value in values.to_pylist()], pa.large_binary())


def _invalid_utf8(distinct: Distinct) -> int:
    if not pa.types.is_large_binary(distinct.values.type):
        return 0
    try:
        pc.cast(distinct.values, pa.large_string())
    except pa.ArrowInvalid:
        return sum(
            count
            for value, count in zip(distinct.values.to_pylist(), distinct.counts.tolist(), strict=True)
            if not _is_utf8(value)
        )
    return 0


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _label(value: bytes | int) -> str:
    if isinstance(value, bytes):
        if len(value) > LARGE_STRING:
            return LARGE_STRING_PLACEHOLDER
        return value.decode() if _is_utf8(value) else NON_UTF8_PLACEHOLDER
    return str(value)


class ByteStrings:
    """Sizes of a stream of opaque bytes, such as images."""

    def __init__(self) -> None:
        self.total = 0
        self.least: int | None = None
        self.most = 0

    def add(self, values: pa.Array) -> None:
        lengths = _lengths(pc.cast(values, pa.large_binary()))
        if lengths.size:
            least = int(lengths.min())
            self.total += int(lengths.sum())
            self.least = least if self.least is None else min(self.least, least)
            self.most = max(self.most, int(lengths.max()))

    def merge(self, other: ByteStrings) -> None:
        self.total += other.total
        if other.least is not None:
            self.least = other.least if self.least is None else min(self.least, other.least)
        self.most = max(self.most, other.most)

    def statistics(self, values: int) -> statistics_pb2.BytesStatistics:
        """The proto, without its common statistics; `values` is how many values there are."""
        if not values:
            return statistics_pb2.BytesStatistics()
        return statistics_pb2.BytesStatistics(
            avg_num_bytes=self.total / values,
            min_num_bytes=self.least or 0,
            max_num_bytes=self.most,
            max_num_bytes_int=self.most,
        )
