"""In which order a page of statistics shows features."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from shipway.dashboards.pages.data.statistics.asked import DISTANCE, MISSING, NAME, NON_UNIFORM, ZEROS
from shipway.dashboards.pages.data.statistics.features import NUMERIC, STANDARD_TYPE, Feature
from shipway.dashboards.pages.data.statistics.pairs import Pair

LOST = 2.0
"""How far away a feature is that only one of two data sets has: farther than any distance."""


def in_order(pairs: Sequence[Pair], order: str, compares: bool) -> list[Pair]:
    """The pairs by one of `SORTS`; those that are equal in it stay as they are in the data."""
    if order == NAME:
        return sorted(pairs, key=lambda one: (one.shown.name.lower(), one.shown.path))
    keys: Mapping[str, Callable[[Pair], float]] = {
        MISSING: lambda one: _missing(one.shown),
        ZEROS: lambda one: _zeros(one.shown),
        NON_UNIFORM: lambda one: non_uniformity(one.shown),
        DISTANCE: lambda one: _distance(one) if compares else 0.0,
    }
    key = keys.get(order)
    return sorted(pairs, key=lambda one: -key(one)) if key else list(pairs)


def non_uniformity(feature: Feature) -> float:
    """0 where the values are spread evenly over the buckets of their histogram, 1 where one bucket has them all.

    One minus the normalized entropy of the buckets, as Facets Overview sorts; -1 where there are no values.
    """
    histogram = feature.histogram(STANDARD_TYPE)
    counts = [one.sample_count for one in histogram.buckets] if histogram else list(feature.counts.values())
    total = sum(counts)
    if not total > 0 or not math.isfinite(total):
        return -1.0
    if len(counts) == 1:
        return 1.0
    entropy = -sum(count / total * math.log(count / total) for count in counts if count > 0)
    return 1 - entropy / math.log(len(counts))


def _missing(feature: Feature) -> float:
    there = feature.presence
    return there.missing / there.rows if there.rows > 0 else 0.0


def _zeros(feature: Feature) -> float:
    if feature.kind != NUMERIC or not feature.common.tot_num_values:
        return 0.0
    zeros: float = feature.stats.num_zeros / feature.common.tot_num_values
    return zeros


def _distance(pair: Pair) -> float:
    if pair.here is None or pair.there is None or pair.here.kind != pair.there.kind:
        return LOST
    return -1.0 if pair.distance is None else pair.distance
