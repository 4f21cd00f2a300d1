"""How far live inputs are from those of training, feature by feature: by TFDV's own engine and its measures.

It is TFDV's skew, from training to serving. A feature is measured as the schema's comparators say (skew's, or else
drift's); without them by the Jensen-Shannon divergence, which is 0 for the same distribution and 1 for two that have no
value in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shipway.errors import InputError, in_one_line

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

INFINITY, JENSEN_SHANNON = "L-infinity", "Jensen-Shannon"
MEASURES = {"infinity_norm": INFINITY, "jensen_shannon_divergence": JENSEN_SHANNON}
"""Of a schema's comparators those that compare values, each with its name for people."""

TYPES = {"L_INFTY": INFINITY, "JENSEN_SHANNON_DIVERGENCE": JENSEN_SHANNON}
"""What TFDV calls what it has measured."""

UNBOUNDED = 1e9
"""A threshold that nothing is beyond: the distance alone is wanted."""


class Unmeasurable(InputError):
    """Statistics that TFDV's engine refuses."""

    def __init__(self, error: RuntimeError) -> None:
        super().__init__(f"TFDV cannot measure how far the live inputs are from training ({in_one_line(error)}).")


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
    """The distances of each feature that both have; none of those whose values are of different types.

    Raises `ValidationEngineMissing` and `Unmeasurable`.
    """
    from shipway.data.validation_engine import validate_statistics

    thresholds = _thresholds(schema)
    wanted = _measuring_schema(training, live, thresholds)
    try:
        found = validate_statistics(training, wanted, serving=live)
    except RuntimeError as error:
        raise Unmeasurable(error) from error
    return {
        feature: distances
        for info in found.drift_skew_info
        if (distances := list(_distances(info, thresholds.get(feature := ".".join(info.path.step), {}))))
    }


def _distances(info: Any, thresholds: Mapping[str, float]) -> Iterator[Distance]:
    for one in info.skew_measurements:
        measure = TYPES.get(type(one).Type.Name(one.type), "distance")
        yield Distance(measure, float(one.value), thresholds.get(measure))


def _thresholds(schema: schema_pb2.Schema | None) -> dict[str, dict[str, float]]:
    """By feature and measure, as the schema has them."""
    found: dict[str, dict[str, float]] = {}
    for feature in schema.feature if schema is not None else ():
        for comparator in (feature.drift_comparator, feature.skew_comparator):
            for field, name in MEASURES.items():
                if comparator.HasField(field):
                    found.setdefault(feature.name, {})[name] = getattr(comparator, field).threshold
    return found


def _measuring_schema(
    training: statistics_pb2.DatasetFeatureStatistics,
    live: statistics_pb2.DatasetFeatureStatistics,
    thresholds: Mapping[str, Mapping[str, float]],
) -> schema_pb2.Schema:
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = schema_pb2.Schema()
    kinds = {name_of(one): _kind(one) for one in live.features}
    for one in training.features:
        name = name_of(one)
        if not _kind(one) or _kind(one) != kinds.get(name):
            continue
        feature = schema.feature.add(name=name, type=_schema_type(one))
        measures: Sequence[str] = list(thresholds.get(name, ())) or [JENSEN_SHANNON]
        for field, measure in MEASURES.items():
            if measure in measures:
                getattr(feature.skew_comparator, field).threshold = UNBOUNDED
    return schema


def _kind(feature: statistics_pb2.FeatureNameStatistics) -> str:
    """Which kind of statistics a feature has; "" where it has no value to measure by."""
    kind = feature.WhichOneof("stats")
    return kind if kind and getattr(feature, kind).common_stats.num_non_missing else ""


def _schema_type(feature: statistics_pb2.FeatureNameStatistics) -> int:
    """What a schema calls the type of a feature of statistics, which have one more for text."""
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

    name = statistics_pb2.FeatureNameStatistics.Type.Name(feature.type)
    return int(schema_pb2.FeatureType.Value("BYTES" if name == "STRING" else name))


def name_of(feature: statistics_pb2.FeatureNameStatistics) -> str:
    """A feature's name, whether it has one or a path."""
    return str(feature.name or ".".join(feature.path.step))
