"""The data set that a page of statistics shows: one split of an artifact, whole or a slice of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.artifact_files import folder_of
from shipway.dashboards.statistics_files import KeptStatistics, split_names, statistics_file
from shipway.errors import InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

KEPT_BYTES = 64 << 20
STATISTICS: KeptStatistics[Any] = KeptStatistics(lambda found: found, KEPT_BYTES)


class NoStatisticsThere(InputError):
    """An artifact whose files are gone."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        gone = "were deleted, as is recorded" if artifact.state == "DELETED" else "are not there any more"
        super().__init__(f"The statistics at {artifact.uri[:500]!r} {gone}: run statistics_gen again for their rows.")


class NoSuchSplit(InputError):
    """A split that the statistics do not have."""

    def __init__(self, artifact: RecordedArtifact, split: str, splits: Sequence[str]) -> None:
        listed = ", ".join(map(repr, splits[:20]))
        super().__init__(f"Statistics {artifact.id} have no split {split[:200]!r}: choose one of {listed}.")


class NoSuchSlice(InputError):
    """A slice that the statistics do not have."""

    def __init__(self, artifact: RecordedArtifact, split: str, name: str) -> None:
        super().__init__(
            f"Statistics {artifact.id} have no slice {name[:200]!r} of the split {split[:200]!r}: choose another one."
        )


@dataclass(frozen=True)
class DataSet:
    """One DatasetFeatureStatistics and where it comes from; `slice` "" is the whole split."""

    artifact: RecordedArtifact
    split: str
    splits: Sequence[str]
    slice: str
    slices: Sequence[str]
    content: Any
    state: tuple[int, int]

    @property
    def key(self) -> tuple[str, str, str, tuple[int, int]]:
        """What tells its content from any other's."""
        return self.artifact.uri, self.split, self.slice, self.state


def data_set(artifact: RecordedArtifact, home: Home, split: str = "", slice_name: str = "") -> DataSet:
    """A split of an artifact, the first one for "".

    Raises `OutOfReach`, `NoStatisticsThere`, `NoSuchSplit`, `NoSuchSlice`, `DamagedStatistics`, `TooLarge`, and
    `ImportError` without the extra 'data'.
    """
    folder = folder_of(artifact, home)
    splits = split_names(folder)
    if not splits:
        raise NoStatisticsThere(artifact)
    if split and split not in splits:
        raise NoSuchSplit(artifact, split, splits)
    chosen = split or _first(splits)
    file = statistics_file(folder, chosen)
    found = STATISTICS.of(file)
    whole = _overall(found)
    slices = {one.name: one for one in found.datasets if one is not whole and one.name != whole.name}
    if slice_name and slice_name not in slices:
        raise NoSuchSlice(artifact, chosen, slice_name)
    content = slices[slice_name] if slice_name else whole
    return DataSet(artifact, chosen, splits, slice_name, list(slices), content, (file.mtime_ns, file.size))


def _first(splits: Sequence[str]) -> str:
    """What was trained on, where it has its usual name."""
    return "train" if "train" in splits else splits[0]


def _overall(found: Any) -> Any:
    from shipway.data.statistics import overall

    return overall(found)
