"""What statistics can be held against: those of the runs before and after, and the other splits of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.artifact_files import folder_of
from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.dashboards.pages.data.statistics.asked import Asked
from shipway.dashboards.pages.data.statistics.datasets import DataSet, data_set
from shipway.dashboards.rendering import utc
from shipway.dashboards.runs.texts import plain
from shipway.dashboards.statistics_files import split_names
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import Use
from shipway.lineage.versions import versions_of
from shipway.runner.home import Home

STATISTICS = "ExampleStatistics"
EACH_WAY = 8


class NoStatistics(NotFound):
    """An artifact that is no statistics."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        super().__init__(
            f"Artifact {artifact.id} is a {plain(artifact.type_name)[:100]}, no statistics: its own page tells more."
        )


@dataclass(frozen=True)
class Comparable:
    """Statistics that are offered for a comparison."""

    id: int
    title: str


def comparables(queries: LineageQueries, artifact: RecordedArtifact, maker: Use | None) -> list[Comparable]:
    """The statistics that the same task made before and after, newest first."""
    if maker is None:
        return []
    versions = versions_of(queries.service, maker, EACH_WAY)
    near = [*reversed(versions.after), *versions.before]
    return [Comparable(one.artifact.id, title_of(one.artifact, one.run_id)) for one in near]


def title_of(artifact: RecordedArtifact, run_id: str = "") -> str:
    """Statistics in a few words."""
    span = artifact.metadata.get("span")
    parts = (f"span {plain(span)[:40]}" if span is not None else f"statistics {artifact.id}", utc(artifact.created_ms))
    return ", ".join(filter(None, (*parts, run_id[:80])))


def other_data_set(
    queries: LineageQueries, home: Home, artifact: RecordedArtifact, here: DataSet, asked: Asked
) -> DataSet | None:
    """What the address wants the data set held against; None where that is nothing, or the same.

    Raises `NoSuchArtifact`, `NoStatistics`, and what `data_set` raises.
    """
    other = recorded(queries, asked.against) if asked.against else artifact
    if other.type_name != STATISTICS:
        raise NoStatistics(other)
    split = asked.against_split
    if other.id == artifact.id:
        return data_set(other, home, split, here.slice) if split and split != here.split else None
    return data_set(other, home, split or _same_split(other, home, here.split), here.slice)


def _same_split(other: RecordedArtifact, home: Home, split: str) -> str:
    """The split of the same name, or "" for the other's first where it has none."""
    return split if split in split_names(folder_of(other, home)) else ""


def splits_to_compare(here: DataSet, there: DataSet | None) -> Sequence[str]:
    """The splits that are offered of what is compared with."""
    return there.splits if there else [split for split in here.splits if split != here.split]
