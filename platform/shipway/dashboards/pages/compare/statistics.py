"""The statistics of the examples of several runs: what differs most comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.artifact_files import OutOfReach, folder_of
from shipway.dashboards.runs.records import ArtifactRef, Run
from shipway.dashboards.statistics_files import (
    KeptStatistics,
    name_of,
    split_names,
    statistics_file,
    without_data_extra,
)
from shipway.errors import InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

FEATURES_SHOWN = 60
SPLITS_AT_MOST = 8
LOST = 10.0
"""How different a feature is that some runs do not have."""


@dataclass(frozen=True)
class Numbers:
    """A feature in one split: examples that have it and that do not, and what its values are like."""

    present: int
    missing: int
    mean: float | None = None
    deviation: float | None = None
    distinct: int | None = None

    @property
    def missing_share(self) -> float:
        total = self.present + self.missing
        return self.missing / total if total else 0.0


@dataclass(frozen=True)
class FeatureRow:
    """A feature in all runs, None where a run does not have it; `change` says what differs, "" for nothing."""

    name: str
    cells: Sequence[Numbers | None]
    change: str
    distance: float


@dataclass(frozen=True)
class StatisticsTable:
    """One split under one output; `left_out` is how many features, the least different, are not shown."""

    title: str
    rows: Sequence[FeatureRow]
    left_out: int


def statistics_tables(home: Home, runs: Sequence[Run]) -> tuple[list[StatisticsTable], list[str]]:
    """A table for every split that two or more runs have statistics of, and a sentence for every file without.

    Files are read only where an artifact's own page shows them too.
    """
    problems: dict[str, None] = {}
    by_place: dict[str, list[Mapping[str, Numbers] | None]] = {}
    for column, run in enumerate(runs):
        for task in run.tasks:
            for ref in task.outputs:
                if ref.type_name == "ExampleStatistics":
                    for split, features in _splits(home, ref, problems):
                        place = f"{task.name} {ref.key}, split {split}"
                        by_place.setdefault(place, [None] * len(runs))[column] = features
    tables = [_table(place, found) for place, found in by_place.items() if sum(one is not None for one in found) > 1]
    return tables, list(problems)


def _splits(home: Home, ref: ArtifactRef, problems: dict[str, None]) -> Iterator[tuple[str, Mapping[str, Numbers]]]:
    try:
        folder = folder_of(_recorded(ref), home)
    except OutOfReach as fault:
        problems[str(fault)] = None
        return
    splits = split_names(folder)[:SPLITS_AT_MOST]
    if not splits:
        problems[f"The statistics in {str(folder)[:500]!r} are not there any more."] = None
    for split in splits:
        try:
            yield split, NUMBERS.of(statistics_file(folder, split))
        except InputError as error:
            problems[str(error)[:2000]] = None
        except ImportError as error:
            problems[without_data_extra(error)] = None


def _recorded(ref: ArtifactRef) -> RecordedArtifact:
    return RecordedArtifact(ref.id or 0, ref.type_name, ref.uri, ref.name, ref.state, "", ref.metadata, 0)


def _numbers_by_name(found: Any) -> Mapping[str, Numbers]:
    from shipway.data.statistics import overall

    return {name_of(feature): _numbers(feature) for feature in overall(found).features}


def _numbers(feature: Any) -> Numbers:
    kind = feature.WhichOneof("stats")
    if not kind:
        return Numbers(0, 0)
    stats = getattr(feature, kind)
    present, missing = stats.common_stats.num_non_missing, stats.common_stats.num_missing
    if kind == "num_stats":
        return Numbers(int(present), int(missing), stats.mean, stats.std_dev)
    if kind == "string_stats":
        return Numbers(int(present), int(missing), distinct=int(stats.unique))
    return Numbers(int(present), int(missing))


NUMBERS = KeptStatistics(_numbers_by_name, 1 << 30)


def _table(place: str, found: Sequence[Mapping[str, Numbers] | None]) -> StatisticsTable:
    names = dict.fromkeys(name for features in found if features for name in features)
    rows = [_row(name, [features.get(name) if features else None for features in found]) for name in names]
    rows.sort(key=lambda row: (-row.distance, row.name))
    return StatisticsTable(place, rows[:FEATURES_SHOWN], max(0, len(rows) - FEATURES_SHOWN))


def _row(name: str, cells: Sequence[Numbers | None]) -> FeatureRow:
    present = [cell for cell in cells if cell is not None]
    if len(present) < len(cells):
        return FeatureRow(name, cells, f"differs: {len(cells) - len(present)} without it", LOST)
    distance, change = max((_difference(present[0], other) for other in present[1:]), default=(0.0, ""))
    return FeatureRow(name, cells, change, distance)


def _difference(first: Numbers, other: Numbers) -> tuple[float, str]:
    """How far apart two are, on a scale on which 1 is a lot, and what it is that differs."""
    parts: list[tuple[float, str]] = []
    if first.mean is not None and other.mean is not None and first.mean != other.mean:
        moved = other.mean - first.mean
        parts.append((abs(moved) / (first.deviation or max(abs(first.mean), abs(other.mean))), f"mean {moved:+.4g}"))
    if first.missing_share != other.missing_share:
        moved = other.missing_share - first.missing_share
        parts.append((5 * abs(moved), f"missing {100 * moved:+.2f} points"))
    if first.distinct is not None and other.distinct is not None and first.distinct != other.distinct:
        moved = other.distinct - first.distinct
        parts.append((abs(moved) / max(first.distinct, other.distinct), f"distinct {moved:+,}"))
    if first.present != other.present:
        moved = other.present - first.present
        parts.append((0.1 * abs(moved) / max(first.present, other.present), f"count {moved:+,}"))
    parts.sort(reverse=True)
    return (parts[0][0], "differs: " + ", ".join(text for _, text in parts)) if parts else (0.0, "")
