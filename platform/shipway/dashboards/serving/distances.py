"""How far live inputs are from those of training, feature by feature, by the measures of TFDV.

A feature is measured as the schema's comparators say (drift's and skew's). Without them numbers are measured by the
Jensen-Shannon divergence and texts by the L-infinity norm; both are 0 for the same distribution and 1 for two that have
no value in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shipway.dashboards.statistics_files import name_of
from shipway.data.distribution_distance import jensen_shannon, jensen_shannon_of_values, l_infinity

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

INFINITY, JENSEN_SHANNON = "L-infinity", "Jensen-Shannon"
MEASURES = {"infinity_norm": INFINITY, "jensen_shannon_divergence": JENSEN_SHANNON}
"""Of a schema's comparators those that compare values, each with its name for people."""

NUMBERS, TEXTS = "num_stats", "string_stats"
USUAL = {NUMBERS: JENSEN_SHANNON, TEXTS: INFINITY}


@dataclass(frozen=True)
class Distance:
    """By one measure; `threshold` is None where the schema has none."""

    measure: str
    value: float
    threshold: float | None

    @property
    def is_beyond(self) -> bool:
        return self.threshold is not None and self.value > self.threshold


def distances_of(
    training: statistics_pb2.DatasetFeatureStatistics,
    live: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema | None,
) -> dict[str, list[Distance]]:
    """The distances of each feature that both have; none of those without values, or with values of different types."""
    thresholds = _thresholds(schema)
    others = {name_of(one): one for one in live.features}
    found = {}
    for one in training.features:
        name = name_of(one)
        if name in others:
            distances = _distances(one, others[name], thresholds.get(name, {}))
            if distances:
                found[name] = distances
    return found


def _distances(
    training: statistics_pb2.FeatureNameStatistics,
    live: statistics_pb2.FeatureNameStatistics,
    thresholds: Mapping[str, float],
) -> list[Distance]:
    kind = training.WhichOneof("stats")
    if kind not in USUAL or kind != live.WhichOneof("stats"):
        return []
    measured = {name: _measured(name, training, live) for name in thresholds or [USUAL[kind]]}
    return [Distance(name, value, thresholds.get(name)) for name, value in measured.items() if value is not None]


def _measured(
    measure: str, training: statistics_pb2.FeatureNameStatistics, live: statistics_pb2.FeatureNameStatistics
) -> float | None:
    if training.WhichOneof("stats") == TEXTS:
        counts = _counts(training), _counts(live)
        return l_infinity(*counts) if measure == INFINITY else jensen_shannon_of_values(*counts)
    histograms = _histogram(training), _histogram(live)
    return None if measure == INFINITY or None in histograms else jensen_shannon(*histograms)


def _counts(feature: statistics_pb2.FeatureNameStatistics) -> dict[str, float]:
    return {one.label: one.sample_count for one in feature.string_stats.rank_histogram.buckets}


def _histogram(feature: statistics_pb2.FeatureNameStatistics) -> statistics_pb2.Histogram | None:
    histograms = feature.num_stats.histograms
    return next((one for one in histograms if one.type == one.STANDARD and not one.name), None)


def _thresholds(schema: schema_pb2.Schema | None) -> dict[str, dict[str, float]]:
    """By feature and measure, as the schema has them."""
    found: dict[str, dict[str, float]] = {}
    for feature in schema.feature if schema is not None else ():
        for comparator in (feature.drift_comparator, feature.skew_comparator):
            for field, name in MEASURES.items():
                if comparator.HasField(field):
                    found.setdefault(feature.name, {})[name] = getattr(comparator, field).threshold
    return found
