"""How far apart the values of each feature are in two data sets, as drift and skew are measured."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from shipway.dashboards.pages.data.statistics.features import CATEGORICAL, NUMERIC, STANDARD_TYPE, Feature
from shipway.data.distribution_distance import jensen_shannon, l_infinity

KEPT = 64

Path = tuple[str, ...]
MEASURES = {NUMERIC: "Jensen-Shannon", CATEGORICAL: "L-infinity"}
"""What the distances of a kind are called; both are from 0, the same, to 1."""


def distances(here: Mapping[Path, Feature], there: Mapping[Path, Feature]) -> dict[Path, float]:
    """Jensen-Shannon divergences of numbers and L-infinity norms of categories, where both data sets have values."""
    found = {path: _distance(one, there[path]) for path, one in here.items() if path in there}
    return {path: distance for path, distance in found.items() if distance is not None}


def _distance(here: Feature, there: Feature) -> float | None:
    if here.kind == there.kind == CATEGORICAL:
        return l_infinity(here.counts, there.counts)
    if here.kind == there.kind == NUMERIC:
        histograms = here.histogram(STANDARD_TYPE), there.histogram(STANDARD_TYPE)
        return None if None in histograms else jensen_shannon(*histograms)
    return None


class KeptDistances:
    """Distances that were measured, for the next look at the same two data sets."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, dict[Path, float]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: object, measure: Callable[[], dict[Path, float]]) -> dict[Path, float]:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = measure()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found
