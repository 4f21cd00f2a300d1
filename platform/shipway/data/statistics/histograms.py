"""The two histograms of a numeric feature, made from quantiles the way TFDV makes them.

Drift and skew are measured on these buckets, so their counts follow TFDV's rules (weight of a boundary value spread
over equal bins, linear interpolation inside a bin) instead of a plain count of values in each bucket.
"""

from __future__ import annotations

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

FINE_BUCKETS = 100
"""How many times finer the quantiles are from which an equal-width histogram is made."""


def median(quantiles: np.ndarray) -> float:
    """The middle one of sorted boundaries, or the mean of the middle two."""
    middle = quantiles.size // 2
    if quantiles.size % 2:
        return float(quantiles[middle])
    return float((quantiles[middle - 1] + quantiles[middle]) / 2.0)


def coarser(quantiles: np.ndarray, cumulative: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Keep every `factor`-th boundary, the first one included."""
    return quantiles[::factor], cumulative[::factor]


def quantiles_histogram(quantiles: np.ndarray, cumulative: np.ndarray) -> statistics_pb2.Histogram:
    """One bucket between each two boundaries; `cumulative` is the weight up to each of them."""
    histogram = statistics_pb2.Histogram(type=statistics_pb2.Histogram.QUANTILES)
    low, high, counts = _bins(quantiles, cumulative)
    _add_buckets(histogram, low, high, counts)
    return histogram


def equal_width_histogram(
    quantiles: np.ndarray,
    cumulative: np.ndarray,
    finite_range: tuple[np.floating | float, np.floating | float],
    buckets: int,
    positive_infinite: float,
) -> statistics_pb2.Histogram:
    """`buckets` buckets of equal width over the finite values, and one of its own for each infinity that occurs.

    `finite_range` is (inf, -inf) when no value is finite; `positive_infinite` is the weight of +inf. Without any bucket
    when the width overflows.
    """
    histogram = statistics_pb2.Histogram(type=statistics_pb2.Histogram.STANDARD)
    least, greatest = finite_range
    if not np.isfinite(least):
        histogram.buckets.add(low_value=least, high_value=greatest, sample_count=cumulative[-1])
        return histogram
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.array([least, greatest]) if least == greatest else np.linspace(least, greatest, buckets + 1)
    if not np.isfinite(edges).all():
        return histogram
    quantiles, cumulative, negative_infinite = _finite(quantiles, cumulative, float(greatest), positive_infinite)
    if negative_infinite:
        histogram.buckets.add(low_value=-np.inf, high_value=-np.inf, sample_count=negative_infinite)
    low, high, counts = _bins(quantiles, cumulative)
    sums = [float((_overlap(low, high, edges[i], edges[i + 1], i == 0) * counts).sum()) for i in range(edges.size - 1)]
    _add_buckets(histogram, edges[:-1], edges[1:], np.array(sums))
    if positive_infinite:
        histogram.buckets.add(low_value=np.inf, high_value=np.inf, sample_count=positive_infinite)
    return histogram


def _bins(edges: np.ndarray, cumulative: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bins between edges with their weights: bins that end at the same edge share what falls on it evenly."""
    low, high = edges[:-1], edges[1:]
    counts = np.diff(cumulative.astype(np.float64))
    if not counts.size:
        return low, high, counts
    starts = np.concatenate([[0], np.flatnonzero(high[1:] != high[:-1]) + 1])
    sizes = np.diff(starts, append=high.size)
    counts = np.repeat(np.add.reduceat(counts, starts) / sizes, sizes)
    different = np.flatnonzero((low != low[0]) | (high != high[0]))
    first = different[0] if different.size else low.size
    counts[:first] += float(cumulative[0]) / first
    return low, high, counts


def _finite(
    quantiles: np.ndarray, cumulative: np.ndarray, greatest: float, positive_infinite: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Cut infinite boundaries off; returns the weight of the bins that ended at -inf as well."""
    start = int(np.searchsorted(quantiles, -np.inf, side="right"))
    negative_infinite = float(cumulative[start - 1]) if start else 0.0
    quantiles, cumulative = quantiles[start:], cumulative[start:] - negative_infinite
    if positive_infinite:
        end = int(np.searchsorted(quantiles, np.inf, side="left"))
        finite_weight = cumulative[-1] - positive_infinite
        quantiles = np.append(quantiles[:end], greatest)
        cumulative = np.append(cumulative[:end], finite_weight)
    return quantiles, cumulative, negative_infinite


def _overlap(low: np.ndarray, high: np.ndarray, start: float, end: float, first: bool) -> np.ndarray:
    """The part of each bin between `start` and `end`; a bin of width 0 at `start` counts in the first bucket only."""
    with np.errstate(all="ignore"):
        width = high - low
        cases = [
            (low == high) & (low == start),
            (high < start) | (low > end),
            (start <= low) & (end >= high),
            start <= low,
            end >= high,
        ]
        parts = [np.full(low.shape, float(first)), np.zeros(low.shape), np.ones(low.shape)]
        parts += [(end - low) / width, (high - start) / width]
        return np.select(cases, parts, (end - start) / width)


def _add_buckets(histogram: statistics_pb2.Histogram, low: np.ndarray, high: np.ndarray, counts: np.ndarray) -> None:
    for start, end, count in zip(low.tolist(), high.tolist(), counts.tolist(), strict=True):
        histogram.buckets.add(low_value=start, high_value=end, sample_count=count)
