"""Which features a page of statistics shows, and in which order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.data.statistics.asked import DISTANCE, MISSING, NAME, NON_UNIFORM, ZEROS
from shipway.dashboards.pages.data.statistics.features import NUMERIC, STANDARD_TYPE, Feature

LOST = 2.0
"""How far away a feature is that only one of two data sets has: farther than any distance."""


@dataclass(frozen=True)
class Pair:
    """A feature in the data set and in the other one; one of them may be None, not both."""

    here: Feature | None
    there: Feature | None
    distance: float | None = None

    @property
    def shown(self) -> Feature:
        """The one that says its name and kind."""
        found = self.here or self.there
        assert found is not None
        return found


def pairs_of(
    here: Mapping[tuple[str, ...], Feature],
    there: Mapping[tuple[str, ...], Feature],
    distances: Mapping[tuple[str, ...], float],
) -> list[Pair]:
    """Every feature of either data set, in the order of the first."""
    return [Pair(here.get(path), there.get(path), distances.get(path)) for path in dict.fromkeys([*here, *there])]


def found_among(pairs: Iterable[Pair], find: str, kind: str) -> list[Pair]:
    """Those whose names have all the words of `find`, and that are of a kind; "" is any."""
    words = find.lower().split()
    return [
        one for one in pairs if kind in ("", one.shown.kind) and all(word in one.shown.name.lower() for word in words)
    ]


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
