"""The log as Parquet files, partitioned by model, day and hour.

A file is ended, and only then has its name, when it has enough rows or bytes or is old enough; a server that is killed
loses what its open files hold, a minute at most. A disk that is full or may not be written to costs rows, which are
counted, and is tried again later.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.artifacts.publish import writing
from shipway.data.arrays import from_numpy
from shipway.endpoint.occasional import Occasionally
from shipway.errors import in_one_line
from shipway.serving.observing.log.layout import Layout
from shipway.serving.observing.log.log_file import LogFile, log_path, remove_leftovers
from shipway.serving.observing.log.tables import LogTables
from shipway.serving.observing.log.taken import TakenBatch

MICROS_AN_HOUR = 3_600_000_000
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rotation:
    """When a file has had enough."""

    rows: int = 500_000
    seconds: float = 60.0
    bytes: int = 128 << 20


class ParquetSink:
    """A `Sink`. A folder may be shared by several servers.

    Args:
        folder: made if it is not there.
        recovery_seconds: between two tries on a disk that cannot be written to.
    """

    share = 1.0

    def __init__(self, folder: Path, rotation: Rotation | None = None, *, recovery_seconds: float = 5.0) -> None:
        self.written_rows = 0
        self.lost_rows = 0
        self._folder = folder
        self._rotation = rotation or Rotation()
        self._tables = LogTables()
        self._files: dict[tuple[Layout, int], LogFile] = {}
        self._recovery_seconds = recovery_seconds
        self._next_try = 0.0
        self._complaint = Occasionally()

    def open(self) -> None:
        """Raises `StorageFull` or `StorageUnwritable`."""
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f".probe-{uuid.uuid4().hex[:12]}"
            probe.touch()
            probe.unlink()
        removed = remove_leftovers(self._folder)
        if removed:
            log.info("Removed %d unfinished files of killed servers from %s.", removed, self._folder)

    def write(self, batches: Sequence[TakenBatch], clock: float) -> None:
        for layout, table in self._tables.tables(batches, clock):
            for hour, part in _by_hour(table):
                self._add((layout, hour), part)

    def tick(self) -> None:
        now = monotonic()
        for key, file in list(self._files.items()):
            if now - file.opened >= self._rotation.seconds:
                self._end(key)

    def close(self, seconds: float) -> None:
        until = monotonic() + seconds
        for key in list(self._files):
            if monotonic() < until:
                self._end(key)
            else:
                self._lose(key)

    def _add(self, key: tuple[Layout, int], table: pa.Table) -> None:
        file = self._files.get(key)
        if file is not None and not file.schema.equals(table.schema):
            self._end(key)
            file = None
        if file is None and monotonic() < self._next_try:
            self.lost_rows += table.num_rows
            return
        try:
            if file is None:
                layout, hour = key
                path = log_path(
                    self._folder, layout.model, layout.version, layout.signature, hour, uuid.uuid4().hex[:12]
                )
                file = self._files[key] = LogFile(path, table.schema)
            file.add(table)
        except (OSError, pa.ArrowException) as error:
            if file is None:
                self.lost_rows += table.num_rows
            self._failed(key, error)
            return
        if file.rows >= self._rotation.rows or file.size >= self._rotation.bytes:
            self._end(key)

    def _end(self, key: tuple[Layout, int]) -> None:
        file = self._files[key]
        try:
            file.close()
        except (OSError, pa.ArrowException) as error:
            self.lost_rows += file.rows
            del self._files[key]
            self._failed(key, error)
            return
        self.written_rows += file.rows
        del self._files[key]

    def _lose(self, key: tuple[Layout, int]) -> None:
        file = self._files.pop(key)
        self.lost_rows += file.rows
        file.discard()

    def _failed(self, key: tuple[Layout, int], error: Exception) -> None:
        if key in self._files:
            self._lose(key)
        self._next_try = monotonic() + self._recovery_seconds
        if self._complaint.is_due():
            log.error(
                "The inference log cannot be written to %s (%s): rows are dropped until it can.",
                self._folder,
                in_one_line(error),
            )


def _by_hour(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """The table in parts whose times are of one hour (since 1970) each; nearly always one."""
    micros = table.column("time").chunk(0).buffers()[1]
    hours = np.frombuffer(micros, np.int64, table.num_rows) // MICROS_AN_HOUR
    first, last = int(hours.min()), int(hours.max())
    if first == last:
        yield first, table
        return
    for hour in np.unique(hours).tolist():
        yield hour, pc.take(table, from_numpy(np.flatnonzero(hours == hour)))
