"""What ExampleAnomalies artifacts hold: anomalies and distances, read from their files once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.dashboards.artifact_files import folder_of
from shipway.data.anomaly_files import FILE_NAME, SPLIT, UnreadableAnomalies, read_anomalies
from shipway.data.drift_distances import Distance, distances
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

KEPT = 500
WHOLE = ""
"""The feature of an anomaly of the whole data set."""
SEVERITIES = {1: "warning", 2: "error"}


@dataclass(frozen=True)
class Anomaly:
    """What TFDV says of a feature in a split; `feature` "" is the whole data set."""

    split: str
    feature: str
    severity: str
    short: str
    long: str


@dataclass(frozen=True)
class Reading:
    """One validation: its anomalies, and the worst distance over the splits by (kind, feature)."""

    anomalies: Sequence[Anomaly]
    distances: Mapping[tuple[str, str], Distance]


def reading_of(artifact: RecordedArtifact, home: Home) -> Reading:
    """What an artifact's files hold. Raises `OutOfReach` and `UnreadableAnomalies`."""
    folder = folder_of(artifact, home)
    try:
        files = sorted(folder.glob(f"{SPLIT}*/{FILE_NAME}"))
        states = tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files)
        strays = [file for file in files if not file.resolve().is_relative_to(folder)]
    except (OSError, ValueError, RuntimeError) as error:
        raise UnreadableAnomalies(folder, str(error)) from error
    if strays:
        raise UnreadableAnomalies(strays[0], "it leads out of the artifact")
    return _kept(folder, states)


@lru_cache(KEPT)
def _kept(folder: Path, states: tuple[tuple[int, int], ...]) -> Reading:
    """`states` of the files tell one writing of them from the next."""
    splits = read_anomalies(folder)
    try:
        anomalies = [one for split, found in sorted(splits.items()) for one in _anomalies(split, found)]
        measured = {(one.kind, one.feature): one for one in distances(list(splits.values()))}
    except UnicodeDecodeError as error:
        raise UnreadableAnomalies(folder, "its text is damaged") from error
    return Reading(anomalies, measured)


def _anomalies(split: str, found: Anomalies) -> list[Anomaly]:
    anomalies = []
    if found.dataset_anomaly_info.reason:
        anomalies.append(_anomaly(split, WHOLE, found.dataset_anomaly_info))
    for key, info in sorted(found.anomaly_info.items()):
        anomalies.append(_anomaly(split, ".".join(info.path.step) or key, info))
    return anomalies


def _anomaly(split: str, feature: str, info: Any) -> Anomaly:
    short = info.short_description or ", ".join(one.short_description for one in info.reason)
    long = info.description or " ".join(one.description for one in info.reason)
    return Anomaly(split, feature, SEVERITIES.get(info.severity, "unknown"), short.strip(), long.strip())
