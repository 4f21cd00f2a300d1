"""The statistics of a numeric feature."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.data.arrays import to_numpy, valid_mask
from shipway.data.statistics.capacity import Capacity
from shipway.data.statistics.histograms import (
    FINE_BUCKETS,
    coarser,
    equal_width_histogram,
    median,
    quantiles_histogram,
)
from shipway.data.statistics.moments import Moments
from shipway.data.statistics.options import StatisticsOptions
from shipway.data.statistics.quantiles import QuantileSummary

Histogram = statistics_pb2.Histogram


class Numbers:
    """Moments, extremes and quantiles of a stream of numbers; NaN is counted and otherwise left out."""

    def __init__(self, capacity: Capacity, weighted: bool) -> None:
        self.nan = 0
        self.zeros = 0
        self.least: float = np.inf
        self.most: float = -np.inf
        self.finite_least: np.floating | float = np.inf
        self.finite_most: np.floating | float = -np.inf
        self.positive_infinite = 0
        self.positive_infinite_weight = 0.0
        self.moments = Moments()
        self.quantiles = QuantileSummary(capacity.quantile_values)
        self.weighted_moments = Moments() if weighted else None
        self.weighted_quantiles = QuantileSummary(capacity.quantile_values) if weighted else None

    def add(self, column: pa.Array, weights: np.ndarray | None) -> None:
        """Add numbers, with one float64 weight each or none; a null among them counts as NaN."""
        values = _with_nan(column)
        if values.dtype.kind == "f":
            missing = np.isnan(values)
            nan = int(np.count_nonzero(missing))
            if nan:
                self.nan += nan
                values = values[~missing]
                weights = None if weights is None else weights[~missing]
        if not values.size:
            return
        self._add_extremes(values, weights)
        self.zeros += values.size - int(np.count_nonzero(values))
        self.quantiles.add(values)
        doubles = values.astype(np.float64, copy=False)
        self.moments.add(doubles)
        if weights is not None and self.weighted_moments is not None and self.weighted_quantiles is not None:
            self.weighted_moments.add(doubles, weights)
            self.weighted_quantiles.add(doubles, weights)

    def _add_extremes(self, values: np.ndarray, weights: np.ndarray | None) -> None:
        least, most = values.min(), values.max()
        self.least, self.most = min(self.least, float(least)), max(self.most, float(most))
        if np.isinf(least) or np.isinf(most):
            infinite = np.isposinf(values)
            self.positive_infinite += int(np.count_nonzero(infinite))
            if weights is not None:
                self.positive_infinite_weight += float(weights[infinite].sum())
            values = values[np.isfinite(values)]
            if not values.size:
                return
            least, most = values.min(), values.max()
        self.finite_least, self.finite_most = min(self.finite_least, least), max(self.finite_most, most)

    def merge(self, other: Numbers) -> None:
        self.nan += other.nan
        self.zeros += other.zeros
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.finite_least = min(self.finite_least, other.finite_least)
        self.finite_most = max(self.finite_most, other.finite_most)
        self.positive_infinite += other.positive_infinite
        self.positive_infinite_weight += other.positive_infinite_weight
        self.moments.merge(other.moments)
        self.quantiles.merge(other.quantiles)
        if self.weighted_moments is not None and other.weighted_moments is not None:
            self.weighted_moments.merge(other.weighted_moments)
        if self.weighted_quantiles is not None and other.weighted_quantiles is not None:
            self.weighted_quantiles.merge(other.weighted_quantiles)

    def statistics(self, values: int, options: StatisticsOptions) -> statistics_pb2.NumericStatistics:
        """The proto, without its common statistics; `values` is how many values there are, NaN included."""
        proto = statistics_pb2.NumericStatistics()
        if values == self.nan:
            for kind in (Histogram.STANDARD, Histogram.QUANTILES) if self.nan else ():
                proto.histograms.add(type=kind).num_nan = self.nan
            return proto
        proto.mean, proto.std_dev = self.moments.mean, self.moments.deviation
        proto.num_zeros, proto.min, proto.max = self.zeros, self.least, self.most
        proto.median = self._add_histograms(proto, self.quantiles, self.positive_infinite, options)
        if self.weighted_moments is not None and self.weighted_quantiles is not None:
            weighted = proto.weighted_numeric_stats
            weighted.mean, weighted.std_dev = self.weighted_moments.mean, self.weighted_moments.deviation
            infinite = self.positive_infinite_weight
            weighted.median = self._add_histograms(weighted, self.weighted_quantiles, infinite, options)
        return proto

    def _add_histograms(
        self,
        proto: statistics_pb2.NumericStatistics | statistics_pb2.WeightedNumericStatistics,
        summary: QuantileSummary,
        positive_infinite: float,
        options: StatisticsOptions,
    ) -> float:
        """Add both histograms and return the median; NaN, and no histogram, where all weights are 0."""
        edges, cumulative = summary.quantiles(FINE_BUCKETS * options.num_quantiles_histogram_buckets)
        if not edges.size:
            return float("nan")
        finite = (self.finite_least, self.finite_most)
        standard = equal_width_histogram(edges, cumulative, finite, options.num_histogram_buckets, positive_infinite)
        quantiles = quantiles_histogram(*coarser(edges, cumulative, FINE_BUCKETS))
        standard.num_nan = quantiles.num_nan = self.nan
        proto.histograms.extend([standard, quantiles])
        return median(edges)


def _with_nan(column: pa.Array) -> np.ndarray:
    """The numbers of a column; as floats, NaN for null, where it has nulls."""
    values = to_numpy(column)
    if not column.null_count:
        return values
    kind = values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)
    return np.where(valid_mask(column), values, np.nan).astype(kind)
