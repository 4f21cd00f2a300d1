"""Files of statistics, as pages read them: inside their artifact, not too large, and no file twice.

Reading needs Shipway's extra 'data'; without it `ImportError` is raised.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from shipway.dashboards.runs.texts import plain
from shipway.errors import InputError

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList, FeatureNameStatistics

SPLIT = "Split-"
LARGEST_FILE = 64 << 20
KEPT_FILES = 64

Found = TypeVar("Found")


class TooLarge(InputError):
    """A file of statistics that is not read for a page."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(f"{str(path)!r} has {size:,} bytes, too many to show on a page: use TFDV.")


@dataclass(frozen=True)
class StatisticsFile:
    """One state of a file: whoever writes it anew makes another one of it."""

    path: Path
    mtime_ns: int
    size: int


def without_data_extra(error: ImportError) -> str:
    """The sentence for a page that cannot read statistics here."""
    return f"Statistics cannot be read without Shipway's 'data' extra ({error.name} is not installed)."


def name_of(feature: FeatureNameStatistics) -> str:
    """A feature's name, whether it has one or a path."""
    return str(feature.name or ".".join(feature.path.step))


def split_names(folder: Path) -> list[str]:
    """The splits that an artifact's folder has, by name; none of a folder that cannot be listed."""
    try:
        names = sorted(path.name.removeprefix(SPLIT) for path in folder.glob(f"{SPLIT}*"))
    except (OSError, ValueError):
        return []
    return [name for name in names if plain(name) == name]


def statistics_file(folder: Path, split: str) -> StatisticsFile:
    """The statistics of a split in an artifact's canonical folder. Raises `DamagedStatistics` and `TooLarge`."""
    from shipway.data.statistics import FILE_NAME
    from shipway.data.statistics.files import DamagedStatistics

    path = folder / f"{SPLIT}{split}" / FILE_NAME
    try:
        stat = path.stat()
    except OSError as error:
        raise DamagedStatistics(path, error.strerror or str(error)) from error
    if not path.resolve().is_relative_to(folder):
        raise DamagedStatistics(path, "it leads out of the artifact")
    if stat.st_size > LARGEST_FILE:
        raise TooLarge(path, stat.st_size)
    return StatisticsFile(path, stat.st_mtime_ns, stat.st_size)


class KeptStatistics(Generic[Found]):
    """What `digest` makes of files of statistics: of the last files that were asked for, up to `most_bytes` of them."""

    def __init__(self, digest: Callable[[DatasetFeatureStatisticsList], Found], most_bytes: int) -> None:
        self._digest = digest
        self._most_bytes = most_bytes
        self._kept: OrderedDict[StatisticsFile, Found] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, file: StatisticsFile) -> Found:
        """Raises `DamagedStatistics`."""
        with self._lock:
            if file in self._kept:
                self._kept.move_to_end(file)
                return self._kept[file]
        found = self._digest(_read(file.path))
        with self._lock:
            self._kept[file] = found
            while len(self._kept) > 1 and (len(self._kept) > KEPT_FILES or self._bytes() > self._most_bytes):
                self._kept.popitem(last=False)
        return found

    def _bytes(self) -> int:
        return sum(file.size for file in self._kept)


def _read(path: Path) -> DatasetFeatureStatisticsList:
    from shipway.data.statistics import read_statistics

    return read_statistics(path)
