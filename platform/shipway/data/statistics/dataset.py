"""The statistics of one data set, or of one slice of it: every feature, over the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.data.statistics.capacity import Capacity
from shipway.data.statistics.composites import Composite, CompositeStatistics
from shipway.data.statistics.feature import FeatureStatistics
from shipway.data.statistics.options import StatisticsOptions
from shipway.data.statistics.roles import PLAIN, FeatureRole


class DatasetStatistics:
    """Accumulates batches of rows; two of them over different rows can be merged."""

    def __init__(
        self,
        options: StatisticsOptions,
        roles: Mapping[str, FeatureRole],
        composites: Sequence[Composite],
        capacity: Capacity,
        name: str = "",
    ) -> None:
        self.options = options
        self.roles = roles
        self.composites = [CompositeStatistics(composite) for composite in composites]
        self.capacity = capacity
        self.name = name
        self.examples = 0
        self.weighted_examples = 0.0
        self.features: dict[str, FeatureStatistics] = {}

    def add(self, batch: pa.RecordBatch, weights: Mapping[str, np.ndarray]) -> None:
        """Add rows; `weights` are theirs by the name of the weight column (see `row_weights`)."""
        self.examples += batch.num_rows
        if self.options.weight_feature:
            self.weighted_examples += float(weights[self.options.weight_feature].sum())
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._feature(name).add(column, weights.get(self.options.weight_of(name)))
        for composite in self.composites:
            composite.add(batch)

    def merge(self, other: DatasetStatistics) -> None:
        self.examples += other.examples
        self.weighted_examples += other.weighted_examples
        for name, feature in other.features.items():
            self._feature(name).merge(feature)
        for mine, theirs in zip(self.composites, other.composites, strict=True):
            mine.merge(theirs)

    def _feature(self, name: str) -> FeatureStatistics:
        feature = self.features.get(name)
        if feature is None:
            weighted = bool(self.options.weight_of(name))
            role = self.roles.get(name, PLAIN)
            feature = FeatureStatistics(name, role, self.options, self.capacity, weighted)
            self.features[name] = feature
        return feature

    def statistics(self) -> statistics_pb2.DatasetFeatureStatistics:
        proto = statistics_pb2.DatasetFeatureStatistics(
            name=self.name, num_examples=self.examples, weighted_num_examples=self.weighted_examples
        )
        proto.features.extend(
            feature.statistics(self.examples, self.weighted_examples) for feature in self.features.values()
        )
        proto.features.extend(composite.statistics() for composite in self.composites)
        return proto
