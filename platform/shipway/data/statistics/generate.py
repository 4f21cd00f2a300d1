"""Statistics of a stream of batches: TFDV's DatasetFeatureStatisticsList, made without Beam and without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.data.arrays import from_mask, from_numpy
from shipway.data.statistics.capacity import Capacity
from shipway.data.statistics.composites import composites_of
from shipway.data.statistics.dataset import DatasetStatistics
from shipway.data.statistics.options import StatisticsOptions, check_allowlist
from shipway.data.statistics.roles import feature_roles
from shipway.data.statistics.slice_definitions import SliceDefinition
from shipway.data.statistics.slices import ALL_EXAMPLES, MOST_SLICES, TooManySlices, check_slices, slice_rows
from shipway.data.statistics.weights import row_weights

SAMPLE_SEED = 20


def generate_statistics(
    batches: Iterable[pa.RecordBatch],
    options: StatisticsOptions | None = None,
    schema: schema_pb2.Schema | None = None,
    progress: Callable[[int], None] | None = None,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of all rows of `batches`, in memory that does not grow with their number.

    Args:
        batches: rows with the same columns, each column a feature: int, float, string or bytes, or lists of them.
        options: see `StatisticsOptions`; its slices follow the data set "All Examples" in the order of their names.
        schema: tells which features are opaque bytes, which integers are categories, and which columns make up a
            sparse or a weighted feature.
        progress: called with the number of rows done so far.

    Raises `UnknownAllowedFeature`, `BadWeights`, `UnknownSliceFeature`, `TooManySlices`, `UnknownKind`, `KindChanged`.
    """
    accumulator = SlicedStatistics(options or StatisticsOptions(), schema)
    rows = 0
    for batch in batches:
        accumulator.add(batch)
        rows += batch.num_rows
        if progress is not None:
            progress(rows)
    return accumulator.statistics()


class SlicedStatistics:
    """Accumulates a data set and the slices of it that the options ask for."""

    def __init__(self, options: StatisticsOptions, schema: schema_pb2.Schema | None = None) -> None:
        self.options = options
        self.roles = feature_roles(schema)
        self.composites = composites_of(schema)
        self.overall: DatasetStatistics | None = None
        self.slices: dict[str, DatasetStatistics] = {}
        self._random = np.random.default_rng(SAMPLE_SEED)

    def add(self, batch: pa.RecordBatch) -> None:
        if self.overall is None:
            check_allowlist(self.options, batch.schema.names)
            check_slices(self.options.slices, batch.schema.names)
            self.overall = self._dataset(batch.num_columns)
        if self.options.sample_rate < 1:
            batch = pc.filter(batch, from_mask(self._random.random(batch.num_rows) < self.options.sample_rate))
        weights = row_weights(batch, self.options)
        features = self._features(batch)
        self.overall.add(features, weights)
        for definition in self.options.slices:
            for name, rows in slice_rows(batch, definition):
                sliced = pc.take(features, from_numpy(rows))
                self._slice(name, definition).add(sliced, {column: all_[rows] for column, all_ in weights.items()})

    def statistics(self) -> statistics_pb2.DatasetFeatureStatisticsList:
        datasets = [self.overall or self._dataset(1), *(self.slices[name] for name in sorted(self.slices))]
        return statistics_pb2.DatasetFeatureStatisticsList(datasets=[dataset.statistics() for dataset in datasets])

    def _dataset(self, features: int) -> DatasetStatistics:
        name = ALL_EXAMPLES if self.options.slices else ""
        return self._new(Capacity.for_features(features), name)

    def _new(self, capacity: Capacity, name: str) -> DatasetStatistics:
        return DatasetStatistics(self.options, self.roles, self.composites, capacity, name)

    def _slice(self, name: str, definition: SliceDefinition) -> DatasetStatistics:
        if name not in self.slices:
            if len(self.slices) >= MOST_SLICES:
                raise TooManySlices(definition)
            self.slices[name] = self._new(Capacity.for_slice(), name)
        return self.slices[name]

    def _features(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The columns that statistics are wanted of; weights and slices may come from the others."""
        if not self.options.feature_allowlist:
            return batch
        names = list(self.options.feature_allowlist)
        return pa.RecordBatch.from_arrays([batch.column(batch.schema.get_field_index(name)) for name in names], names)
