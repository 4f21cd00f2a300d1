"""TFDV's Anomalies message, put together from several checks and several slices of the same data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2

Anomalies = anomalies_pb2.Anomalies
AnomalyInfo = anomalies_pb2.AnomalyInfo

MULTIPLE_ERRORS = "Multiple errors"


def add_anomalies(anomalies: Anomalies, found: Iterable[AnomalyInfo]) -> None:
    """Add anomalies of single features; the reasons of one that is there already join those it has."""
    keys = {info.path.step[0]: key for key, info in anomalies.anomaly_info.items() if info.path.step}
    for more in found:
        feature = ".".join(more.path.step)
        info = anomalies.anomaly_info[keys.get(feature, feature)]
        info.path.CopyFrom(more.path)
        info.reason.extend(more.reason)
        info.severity = max(info.severity, more.severity)
        info.short_description = MULTIPLE_ERRORS if len(info.reason) > 1 else info.reason[0].short_description
        info.description = " ".join(reason.description.strip() for reason in info.reason)


def add_slice(anomalies: Anomalies, slice_name: str, found: Anomalies) -> None:
    """Add what was found in a slice, under the names that TFDV gives it: `slice(<name>)::<feature>`."""
    prefix = f"slice({slice_name})::"
    for key, info in found.anomaly_info.items():
        named = anomalies.anomaly_info[prefix + key]
        named.CopyFrom(info)
        _prefix(named.path, prefix)
    for measured in found.drift_skew_info:
        named_measure = anomalies.drift_skew_info.add()
        named_measure.CopyFrom(measured)
        _prefix(named_measure.path, prefix)


def findings(anomalies: Anomalies) -> Iterator[tuple[str, AnomalyInfo]]:
    """Every anomaly with the feature that it is about, "" for the data set as a whole, in the order of their names."""
    if anomalies.dataset_anomaly_info.reason:
        yield "", anomalies.dataset_anomaly_info
    for key, info in sorted(anomalies.anomaly_info.items()):
        yield ".".join(info.path.step) or key, info


def _prefix(path: object, prefix: str) -> None:
    if path.step:  # type: ignore[attr-defined]
        path.step[0] = prefix + path.step[0]  # type: ignore[attr-defined]
