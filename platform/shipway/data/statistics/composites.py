"""Features that a schema puts together from several columns: sparse ones (values and indices) and weighted ones.

Whether the columns of a row belong together is checked on their statistics: how often one is missing where another is
there, and by how much their numbers of values differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.data.arrays import valid_mask
from shipway.data.columns import is_list
from shipway.data.statistics.unnest import list_lengths


@dataclass(frozen=True)
class Composite:
    """A composite feature: its `value` column and the `others` (indices, or the one weight)."""

    name: str
    value: str
    others: tuple[str, ...]
    is_weighted: bool


def composites_of(schema: schema_pb2.Schema | None) -> list[Composite]:
    """The sparse and the weighted features of a schema, in its order."""
    if schema is None:
        return []
    sparse = [
        Composite(each.name, each.value_feature.name, tuple(sorted(index.name for index in each.index_feature)), False)
        for each in schema.sparse_feature
    ]
    weighted = [
        Composite(each.name, ".".join(each.feature.step), (".".join(each.weight_feature.step),), True)
        for each in schema.weighted_feature
    ]
    return sparse + weighted


class CompositeStatistics:
    """Accumulates the statistics of one composite feature, over the rows that have any of its columns."""

    def __init__(self, composite: Composite) -> None:
        self.composite = composite
        self.missing = dict.fromkeys((composite.value, *composite.others), 0)
        self.differences: dict[str, tuple[int, int] | None] = dict.fromkeys(composite.others)

    def add(self, batch: pa.RecordBatch) -> None:
        columns = {name: _presence_and_lengths(batch, name) for name in self.missing}
        known = np.logical_or.reduce([present for present, _ in columns.values()])
        for name, (present, lengths) in columns.items():
            self.missing[name] += int(np.count_nonzero(known & ~present))
            if name in self.differences and known.any():
                difference = (lengths - columns[self.composite.value][1])[known]
                self._widen(name, (int(difference.min()), int(difference.max())))

    def merge(self, other: CompositeStatistics) -> None:
        for name, missing in other.missing.items():
            self.missing[name] += missing
        for name, difference in other.differences.items():
            if difference is not None:
                self._widen(name, difference)

    def _widen(self, name: str, difference: tuple[int, int]) -> None:
        held = self.differences[name] or difference
        self.differences[name] = (min(held[0], difference[0]), max(held[1], difference[1]))

    def statistics(self) -> statistics_pb2.FeatureNameStatistics:
        """The proto: custom statistics by the names that TFDV's validation looks for."""
        proto = statistics_pb2.FeatureNameStatistics()
        proto.path.step.append(self.composite.name)
        missing_value = self.missing[self.composite.value]
        least = [(self.differences[name] or (0, 0))[0] for name in self.composite.others]
        most = [(self.differences[name] or (0, 0))[1] for name in self.composite.others]
        missing = [self.missing[name] for name in self.composite.others]
        if self.composite.is_weighted:
            for name, number in (
                ("missing_weight", missing[0]),
                ("missing_value", missing_value),
                ("min_weight_length_diff", least[0]),
                ("max_weight_length_diff", most[0]),
            ):
                proto.custom_stats.add(name=name, num=number)
            return proto
        proto.custom_stats.add(name="missing_value", num=missing_value)
        for name, numbers in (("missing_index", missing), ("max_length_diff", most), ("min_length_diff", least)):
            proto.custom_stats.add(name=name, rank_histogram=_by_label(self.composite.others, numbers))
        return proto


def _by_label(labels: Sequence[str], numbers: Sequence[int]) -> statistics_pb2.RankHistogram:
    histogram = statistics_pb2.RankHistogram()
    for label, number in zip(labels, numbers, strict=True):
        histogram.buckets.add(label=label, sample_count=number)
    return histogram


def _presence_and_lengths(batch: pa.RecordBatch, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Which rows have a column, and how many values each then has; nowhere, for a column that the batch lacks."""
    index = batch.schema.get_field_index(name)
    if index < 0:
        return np.zeros(batch.num_rows, bool), np.zeros(batch.num_rows, np.int64)
    column = batch.column(index)
    present = valid_mask(column)
    return present, list_lengths(column) if is_list(column.type) else present.astype(np.int64)
