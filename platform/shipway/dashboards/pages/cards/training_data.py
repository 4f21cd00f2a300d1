"""The statistics and anomalies of the rows that a model learned from, out of the files of artifacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from shipway.dashboards.artifact_files import OutOfReach, folder_of
from shipway.dashboards.statistics_files import (
    LARGEST_FILE,
    SPLIT,
    KeptStatistics,
    name_of,
    split_names,
    statistics_file,
    without_data_extra,
)
from shipway.errors import InputError
from shipway.lineage import RecordedArtifact
from shipway.lineage.about_rows import AboutRows
from shipway.runner.home import Home

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList

SPLITS_AT_MOST = 8
KEPT_FILES, KEPT_BYTES = 64, 256 << 20
ANOMALIES_FILE = "SchemaDiff.pb"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Counted:
    """The rows and features of a split, and for each feature that lacks values the share of rows without."""

    rows: int
    features: int
    missing: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Anomaly:
    """What is wrong with a feature ("" for the data as a whole), in these splits."""

    feature: str
    description: str
    splits: Sequence[str]


@dataclass(frozen=True)
class DataFound:
    """What is known of one span's rows. `statistics` are by split.

    `anomalies` is None where nobody looked, or what they found cannot be read.
    """

    examples: RecordedArtifact
    about: AboutRows
    statistics: Sequence[tuple[str, Counted]]
    anomalies: Sequence[Anomaly] | None
    problems: Sequence[str]


class UnusableFile(InputError):
    """A file that is not read for a card."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"The anomalies {str(path)[:500]!r} cannot be read ({problem}): run example_validator again.")


def data_found(home: Home, examples: RecordedArtifact, about: AboutRows) -> DataFound:
    """What is known of one span's rows; a file that cannot be read is a problem and no end of it."""
    problems: list[str] = []
    statistics = _by_split(home, about.statistics, _statistics, problems)
    anomalies = _by_split(home, about.anomalies, _anomalies, problems)
    return DataFound(examples, about, statistics or (), _by_feature(anomalies), problems)


def _by_split(
    home: Home, artifact: RecordedArtifact | None, read: Callable[[Path, str], Found], problems: list[str]
) -> list[tuple[str, Found]] | None:
    """What `read` gives of each split; None without an artifact, or where its files cannot be read."""
    if artifact is None:
        return None
    try:
        folder = folder_of(artifact, home)
        splits = split_names(folder)[:SPLITS_AT_MOST]
        if splits:
            return [(split, read(folder, split)) for split in splits]
        problems.append(f"The files of {artifact.type_name} {artifact.id} are not there: {str(folder)[:500]!r}.")
    except (OutOfReach, InputError) as fault:
        problems.append(str(fault)[:2000])
    except ImportError as error:
        problems.append(without_data_extra(error))
    return None


def _statistics(folder: Path, split: str) -> Counted:
    return _KEPT.of(statistics_file(folder, split))


def _counted(statistics: DatasetFeatureStatisticsList) -> Counted:
    from shipway.data.statistics import overall

    found = overall(statistics)
    missing = []
    for feature in found.features:
        kind = feature.WhichOneof("stats")
        without = getattr(feature, kind).common_stats.num_missing if kind else 0
        if without and found.num_examples:
            missing.append((name_of(feature), min(1.0, without / found.num_examples)))
    return Counted(int(found.num_examples), len(found.features), sorted(missing, key=lambda one: (-one[1], one[0])))


_KEPT = KeptStatistics(_counted, KEPT_BYTES)


def _anomalies(folder: Path, split: str) -> dict[str, str]:
    """What is wrong with each feature. Raises `UnusableFile`."""
    path = folder / f"{SPLIT}{split}" / ANOMALIES_FILE
    try:
        status = path.stat()
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error)) from error
    if not path.resolve().is_relative_to(folder):
        raise UnusableFile(path, "it leads out of the artifact")
    if status.st_size > LARGEST_FILE:
        raise UnusableFile(path, f"it has {status.st_size:,} bytes")
    return _wrong(path, status.st_mtime_ns, status.st_size)


@lru_cache(KEPT_FILES)
def _wrong(path: Path, mtime_ns: int, size: int) -> dict[str, str]:
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

    try:
        found = Anomalies.FromString(path.read_bytes())
        wrong = {".".join(info.path.step) or key: info for key, info in found.anomaly_info.items()}
        if found.dataset_anomaly_info.reason:
            wrong[""] = found.dataset_anomaly_info
        return {feature: info.short_description or info.description for feature, info in wrong.items()}
    except (OSError, DecodeError) as error:
        raise UnusableFile(path, str(error) or "it is damaged") from error
    except UnicodeDecodeError as error:
        raise UnusableFile(path, "its text is damaged") from error


def _by_feature(found: Sequence[tuple[str, dict[str, str]]] | None) -> list[Anomaly] | None:
    if found is None:
        return None
    splits: dict[tuple[str, str], list[str]] = {}
    for split, wrong in found:
        for one in wrong.items():
            splits.setdefault(one, []).append(split)
    return [Anomaly(feature, description, where) for (feature, description), where in sorted(splits.items())]
