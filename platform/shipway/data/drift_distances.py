"""Distances and features out of TFDV's Anomalies, over all splits. Slices of the data are left to the files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

SLICE = "slice("
WHOLE_DATA_SET = ""


class Distance(NamedTuple):
    """How far a feature's values are from earlier ones (kind drift) or from those in serving (kind skew)."""

    feature: str
    kind: str
    value: float
    threshold: float

    @property
    def share(self) -> float:
        """The distance in thresholds."""
        return self.value / self.threshold if self.threshold > 0 else self.value


def features_with_anomalies(splits: Collection[Anomalies]) -> set[str]:
    """Their names; "" stands for an anomaly of the whole data set. A slice's anomaly counts for its feature."""
    found = set()
    for anomalies in splits:
        if anomalies.dataset_anomaly_info.reason:
            found.add(WHOLE_DATA_SET)
        for key, info in anomalies.anomaly_info.items():
            name = ".".join(info.path.step) or key
            found.add(name.partition("::")[2] if name.startswith(SLICE) else name)
    return found


def distances(splits: Collection[Anomalies]) -> list[Distance]:
    """The worst distance of each feature and kind, the worst of all first."""
    worst: dict[tuple[str, str], Distance] = {}
    for one in _measured(splits):
        known = worst.get(one[:2])
        if known is None or known.share < one.share:
            worst[one[:2]] = one
    return sorted(worst.values(), key=lambda one: (-one.share, one.feature, one.kind))


def _measured(splits: Collection[Anomalies]) -> Iterator[Distance]:
    for anomalies in splits:
        for info in anomalies.drift_skew_info:
            feature = ".".join(info.path.step)
            if feature.startswith(SLICE):
                continue
            for kind, measurements in (("drift", info.drift_measurements), ("skew", info.skew_measurements)):
                for one in measurements:
                    yield Distance(feature, kind, one.value, one.threshold)
