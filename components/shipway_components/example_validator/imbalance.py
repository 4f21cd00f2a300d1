"""Whether the values of a categorical feature are shared out as they have to be: no class too rare, none too common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from shipway.data.errors import listing
from shipway.errors import InputError, UsageError

SHORT = "Imbalanced values"
NO_OTHER_VALUE = "any other value"
Kind = statistics_pb2.FeatureNameStatistics


class BadImbalanceLimit(UsageError):
    """Limits that say nothing."""

    def __init__(self, feature: str, given: object) -> None:
        super().__init__(
            f"imbalance gives the feature {feature!r} the limits {given!r}: "
            'give it an object with "min_fraction", "max_fraction" or both, each from 0 to 1.'
        )


class NoValuesToBalance(InputError):
    """A feature whose values cannot be told apart in the statistics."""

    def __init__(self, feature: str, problem: str, way_out: str) -> None:
        super().__init__(f"The imbalance of {feature!r} cannot be checked, {problem}: {way_out}.")


@dataclass(frozen=True)
class BalanceLimits:
    """The least and the greatest share that a single value may have of a feature's values."""

    min_fraction: float = 0.0
    max_fraction: float = 1.0


def read_limits(given: Mapping[str, Any]) -> dict[str, BalanceLimits]:
    """The limits by feature, out of the step's parameter; raises `BadImbalanceLimit`."""
    return {feature: _limits(feature, limits) for feature, limits in given.items()}


def _limits(feature: str, given: Any) -> BalanceLimits:
    names = ("min_fraction", "max_fraction")
    if not isinstance(given, Mapping) or not given or any(name not in names for name in given):
        raise BadImbalanceLimit(feature, given)
    if any(not isinstance(limit, int | float) or not 0 <= limit <= 1 for limit in given.values()):
        raise BadImbalanceLimit(feature, given)
    return BalanceLimits(**given)


def imbalances(
    statistics: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema,
    limits: Mapping[str, BalanceLimits],
) -> list[anomalies_pb2.AnomalyInfo]:
    """An anomaly for each feature that breaks its limits; raises `NoValuesToBalance`.

    A value of the schema's domain that does not occur counts with a share of 0, and so does a missing second value.
    """
    features = {feature.path.step[0]: feature for feature in statistics.features}
    found = []
    for name, limit in limits.items():
        if name not in features:
            raise NoValuesToBalance(name, "which is no feature", f"the features are {listing(features)}")
        problem = _problem(value_shares(features[name], schema), limit)
        if problem:
            info = anomalies_pb2.AnomalyInfo(severity=anomalies_pb2.AnomalyInfo.ERROR)
            info.path.step.append(name)
            info.reason.add(type=info.CUSTOM_VALIDATION, short_description=SHORT, description=problem)
            found.append(info)
    return found


def value_shares(feature: Kind, schema: schema_pb2.Schema) -> dict[str, float]:
    """The share of each value of a categorical or 0/1 feature; empty when it has no values at all."""
    name = feature.path.step[0]
    if feature.HasField("string_stats"):
        counts = _counts(name, feature.string_stats)
        counts = {**dict.fromkeys(_domain(name, schema), 0.0), **counts}
    elif feature.type == Kind.INT and feature.num_stats.min >= 0 and feature.num_stats.max <= 1:
        zeros = float(feature.num_stats.num_zeros)
        counts = {"0": zeros, "1": feature.num_stats.common_stats.tot_num_values - zeros}
    else:
        way_out = (
            "call it categorical in a schema (int_domain { is_categorical: true }) and give that to statistics_gen"
        )
        raise NoValuesToBalance(name, "whose values are numbers that were not counted one by one", way_out)
    total = sum(counts.values())
    shares = {value: count / total for value, count in counts.items()} if total else {}
    return {**shares, NO_OTHER_VALUE: 0.0} if len(shares) == 1 else shares


def _counts(name: str, strings: statistics_pb2.StringStatistics) -> dict[str, float]:
    buckets = strings.rank_histogram.buckets
    if strings.unique > len(buckets):
        problem = f"which has {strings.unique} different values"
        raise NoValuesToBalance(name, problem, "choose a feature with fewer values")
    return {bucket.label: bucket.sample_count for bucket in buckets}


def _domain(name: str, schema: schema_pb2.Schema) -> list[str]:
    domains = {domain.name: list(domain.value) for domain in schema.string_domain}
    for feature in schema.feature:
        if feature.name == name:
            return list(feature.string_domain.value) or domains.get(feature.domain, [])
    return []


def _problem(shares: Mapping[str, float], limits: BalanceLimits) -> str:
    if not shares:
        return ""
    rarest, commonest = min(shares, key=lambda value: shares[value]), max(shares, key=lambda value: shares[value])
    if shares[rarest] < limits.min_fraction:
        return (
            f"The value {rarest!r} makes up {shares[rarest]:.2%} of all values, "
            f"below the min_fraction {limits.min_fraction:g}."
        )
    if shares[commonest] > limits.max_fraction:
        return (
            f"The value {commonest!r} makes up {shares[commonest]:.2%} of all values, "
            f"above the max_fraction {limits.max_fraction:g}."
        )
    return ""
