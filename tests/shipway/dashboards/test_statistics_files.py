"""Files of statistics: read inside their artifact, once a state, and kept as far as there is room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.dashboards import statistics_files
from shipway.dashboards.statistics_files import KeptStatistics, TooLarge, split_names, statistics_file
from shipway.data.statistics import write_statistics
from shipway.data.statistics.files import DamagedStatistics


def write(folder: Path, split: str, rows: int = 1) -> Path:
    found = statistics_pb2.DatasetFeatureStatisticsList()
    found.datasets.add(num_examples=rows)
    path = folder / f"Split-{split}" / "FeatureStats.pb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_statistics(path, found)
    return path


@pytest.fixture
def read() -> list[int]:
    """Rows of the files that were read."""
    return []


@pytest.fixture
def kept(read: list[int]) -> KeptStatistics[int]:
    def digest(found: statistics_pb2.DatasetFeatureStatisticsList) -> int:
        read.append(found.datasets[0].num_examples)
        return read[-1]

    return KeptStatistics(digest, 1 << 20)


def test_splits_by_name(tmp_path: Path) -> None:
    write(tmp_path, "train")
    write(tmp_path, "eval")
    os.mkdir(os.fsencode(tmp_path) + b"/Split-\xff")
    assert split_names(tmp_path) == ["eval", "train"]
    assert split_names(tmp_path / "absent") == []


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, kept: KeptStatistics[int], read: list[int]) -> None:
    path = write(tmp_path, "train", 1)
    assert [kept.of(statistics_file(tmp_path, "train")) for _ in range(2)] == [1, 1]
    write(tmp_path, "train", 2)
    os.utime(path, ns=(1, 1))
    assert kept.of(statistics_file(tmp_path, "train")) == 2
    assert read == [1, 2]


def test_no_more_are_kept_than_there_is_room_for(
    tmp_path: Path, kept: KeptStatistics[int], read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics_files, "KEPT_FILES", 2)
    for split in "abc":
        write(tmp_path, split)
    for split in "abcac":
        kept.of(statistics_file(tmp_path, split))
    assert len(read) == 4


def test_what_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = tmp_path / "artifact"
    with pytest.raises(DamagedStatistics, match="No such file"):
        statistics_file(artifact, "train")
    elsewhere = write(tmp_path / "elsewhere", "train")
    (artifact / "Split-train").mkdir(parents=True)
    (artifact / "Split-train" / "FeatureStats.pb").symlink_to(elsewhere)
    with pytest.raises(DamagedStatistics, match="leads out"):
        statistics_file(artifact, "train")
    monkeypatch.setattr(statistics_files, "LARGEST_FILE", 3)
    write(artifact, "eval")
    with pytest.raises(TooLarge, match="use TFDV"):
        statistics_file(artifact, "eval")
