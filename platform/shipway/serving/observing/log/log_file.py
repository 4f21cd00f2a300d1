"""A Parquet file of the log while it is written: under a hidden name, and locked so that the next server can tell what
a killed one left from what another server is writing."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from shipway.artifacts.publish import PARTIAL, partial_sibling

ROWS_PER_GROUP = 16_384
SECONDS_TO_LOCK = 60.0
"""A younger file without a lock may be about to be locked."""

PLAIN_COLUMNS = ("tracking_id", "time", "latency_ms")
"""Columns whose values hardly repeat: a dictionary of them costs and gains nothing."""


class LogFile:
    """Rows of one schema; they are written in groups, and the file gets its name when it is closed.

    Attributes:
        rows: of the file, those included that are not written yet.
        opened: seconds of `time.monotonic`.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.schema = schema
        self.rows = 0
        self.opened = time.monotonic()
        self._path = path
        self._partial = partial_sibling(path)
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._lock = os.open(self._partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file = pa.OSFile(str(self._partial), "wb")
            self._writer = pq.ParquetWriter(
                self._file, schema, compression="zstd", compression_level=1, use_dictionary=_repeating(schema)
            )
        except BaseException:
            self.discard()
            raise

    @property
    def size(self) -> int:
        """Bytes on disk, without what is pending."""
        return int(self._file.tell())

    def add(self, table: pa.Table) -> None:
        """Add rows; raises OSError when they cannot be written."""
        self._pending.append(table)
        self._pending_rows += table.num_rows
        self.rows += table.num_rows
        if self._pending_rows >= ROWS_PER_GROUP:
            self._write()

    def close(self) -> None:
        """Write what is pending and give the file its name; raises OSError and leaves nothing when that fails."""
        try:
            self._write()
            self._writer.close()
            self._file.close()
            os.fsync(self._lock)
            self._partial.rename(self._path)
            os.close(self._lock)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Leave nothing of it."""
        self._partial.unlink(missing_ok=True)
        os.close(self._lock)

    def _write(self) -> None:
        if self._pending:
            table, self._pending, self._pending_rows = pa.concat_tables(self._pending), [], 0
            self._writer.write_table(table, row_group_size=max(table.num_rows, 1))


def log_path(folder: Path, model: str, version: int, signature: str, hour: int, identity: str) -> Path:
    """Where a file of the log lies: `<model>/date=YYYY-MM-DD/hour=HH/<version>-<signature>-<start>-<id>.parquet`.

    Args:
        hour: of its rows' times, in hours since 1970.
    """
    day = time.gmtime(hour * 3600)
    start = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    name = f"{version}-{_file_name(signature)}-{start}-{identity}.parquet"
    return folder / _file_name(model) / time.strftime("date=%Y-%m-%d", day) / time.strftime("hour=%H", day) / name


def remove_leftovers(folder: Path) -> int:
    """Remove the unfinished files that killed servers left in a log; returns how many."""
    removed = 0
    for path in folder.glob(f"*/date=*/hour=*/{PARTIAL}*"):
        try:
            if time.time() - path.stat().st_mtime < SECONDS_TO_LOCK:
                continue
            lock = os.open(path, os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            removed += 1
        except OSError:
            continue
        finally:
            os.close(lock)
    return removed


def _file_name(text: str) -> str:
    """A name as one part of a path, whatever it has in it."""
    name = quote(text, safe=" ")
    return name.replace(".", "%2E") if name.strip(".") == "" else name


def _repeating(schema: pa.Schema) -> list[str]:
    """The columns that are worth a dictionary, as Parquet calls them."""
    return [field.name for field in schema if field.name not in PLAIN_COLUMNS]
