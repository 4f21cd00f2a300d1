"""Making way for a restored file, without losing what lies there and without a process that goes on writing to it."""

from __future__ import annotations

import os
import sqlite3
from itertools import count
from pathlib import Path

from shipway.artifacts.publish import storage_faults
from shipway.lineage.database import Database
from shipway.lineage.faults import CorruptStore, is_busy
from shipway.lineage.upkeep.errors import StoreInUse
from shipway.lineage.upkeep.rows import is_empty, reading
from shipway.lineage.upkeep.sqlite_rows import connect_file

LOGS = ("-wal", "-shm", "-journal")


def is_unused_file(path: Path) -> bool:
    """Whether there is no store at `path`, or one that nobody has put anything into. A damaged one may hold all."""
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return True
    try:
        with reading(Database.of_file(path)) as rows:
            return is_empty(rows)
    except CorruptStore:
        return False


def set_aside(path: Path, stamp: str, keep: bool) -> Path | None:
    """Give what lies at `path` a second name beside it, and see that no log of it stays; the caller then replaces it.

    `StoreInUse` when another process has the file open. Whatever moment this ends at, `path` is what it was.
    """
    if path.is_dir():
        raise CorruptStore(path)
    kept = _free_name(path, stamp)
    with storage_faults(path):
        if path.exists():
            _settle(path)
            if keep:
                os.link(path, kept)
        for suffix in LOGS:
            leftover = path.with_name(path.name + suffix)
            if leftover.exists():
                leftover.rename(kept.with_name(kept.name + suffix))
    return kept if kept.exists() else None


def _settle(path: Path) -> None:
    """Bring all of a store into its one file, which SQLite does for nobody while another process has it open."""
    connection = connect_file(path, write=True)
    try:
        connection.execute("PRAGMA busy_timeout = 1000")
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if is_busy(str(error)):
            raise StoreInUse(path) from error
    finally:
        connection.close()


def _free_name(path: Path, stamp: str) -> Path:
    names = (path.with_name(f"{path.name}.replaced-{stamp}" + (f"-{n}" if n else "")) for n in count())
    return next(name for name in names if not name.exists())
