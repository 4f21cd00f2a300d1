"""Where the rows of a split lie: the names of its files, and which files a reader finds."""

from __future__ import annotations

from pathlib import Path

from shipway.artifacts import FORMAT_TF_EXAMPLE, Examples
from shipway.data.errors import MissingSplit, UnknownSplit


def part_name(index: int, count: int, payload_format: str) -> str:
    """A file's name, as TFX and Beam number shards."""
    if payload_format == FORMAT_TF_EXAMPLE:
        return f"data_tfrecord-{index:05d}-of-{count:05d}.gz"
    return f"data-{index:05d}-of-{count:05d}.parquet"


def split_files(examples: Examples, split: str) -> list[Path]:
    """The data files of a split in order; raises `UnknownSplit` and `MissingSplit`."""
    known = examples.split_names or written_splits(examples)
    if split not in known:
        raise UnknownSplit(split, known, examples.path)
    files = data_files(examples.split_path(split))
    if not files:
        raise MissingSplit(split, examples.split_path(split))
    return files


def written_splits(examples: Examples) -> list[str]:
    """The splits that have a folder with data, by name."""
    folders = sorted(examples.path.glob("Split-*"))
    return [folder.name.removeprefix("Split-") for folder in folders if data_files(folder)]


def data_files(folder: Path) -> list[Path]:
    """The files of a split's folder, hidden ones (which are still being written) left out."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "_")))
