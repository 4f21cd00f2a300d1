"""What can be wrong with a metadata store on this machine, in one sentence each."""

from __future__ import annotations

import shutil
from pathlib import Path

from shipway.artifacts.publish import StorageFull, StorageUnwritable
from shipway.errors import EnvironmentFault

CORRUPT = ("not a database", "malformed", "subset of tables", "no such table", "file is encrypted")
UNWRITABLE = ("readonly database", "unable to open database file")
VERSION = ("schema version", "db version", "database version")
OLDER = "is older than library version"
BUSY = ("database is locked", "table is locked")
LOG_INDEX_BYTES = 32 << 10
SQL_FAILED = "Error when executing query: "


class CorruptStore(EnvironmentFault):
    """The file is there and is no metadata store, or no longer one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The metadata store {str(path)!r} is damaged or not a metadata store at all: put a backup in its place, "
            f"or move it away (mv {str(path)!r} {str(path) + '.damaged'!r}) to start with an empty one; "
            "artifacts are not touched by either."
        )


class MissingStore(EnvironmentFault):
    """Lineage is asked for where nothing was ever recorded."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no metadata store at {str(path)!r}: run a pipeline first, "
            "or point SHIPWAY_HOME at the folder of an earlier run."
        )


class BusyStore(EnvironmentFault):
    """Another process holds the store's lock for longer than any write takes."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(
            f"The metadata store {str(path)!r} was locked by another process for {seconds:.0f} s: "
            "look for a stopped or hanging shipway process on this home, end it, and run again."
        )


class OlderStore(EnvironmentFault):
    """Written by an earlier release of ML Metadata, whose tables this one first has to migrate."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"The metadata store {database!r} was written by an older version of ML Metadata: run 'shipway metadata "
            f"upgrade --database {database}' once (it makes a backup first), then run again."
        )


class OtherVersionStore(EnvironmentFault):
    """Written by a release of ML Metadata that this one does not read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The metadata store {str(path)!r} was written by another version of ML Metadata: use the Shipway release "
            "that wrote it, or another SHIPWAY_HOME."
        )


class BrokenStore(EnvironmentFault):
    """The store's disk or file fails in a way that has no sentence of its own."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The metadata store {str(path)!r} cannot be used ({reason.splitlines()[0][:120]}): "
            "check its disk, or use another SHIPWAY_HOME."
        )


def fault_of(path: Path, message: str) -> EnvironmentFault | None:
    """The fault that the engine's `message` speaks of; None when it is about the call and not about the file."""
    text = _reason(message)
    if any(sign in text for sign in CORRUPT):
        return CorruptStore(path)
    if any(sign in text for sign in UNWRITABLE):
        return StorageUnwritable(path, "permission denied or read-only")
    if "disk is full" in text:
        return StorageFull(path)
    if "disk i/o error" in text:
        return StorageFull(path) if _is_full(path.parent) else BrokenStore(path, "disk I/O error")
    if OLDER in text:
        return OlderStore(f"sqlite:{path}")
    if any(sign in text for sign in VERSION):
        return OtherVersionStore(path)
    return None


def _is_full(folder: Path) -> bool:
    """Whether the disk has no room for the index of SQLite's write-ahead log, of which it says an I/O error."""
    return shutil.disk_usage(folder).free < LOG_INDEX_BYTES


def is_busy(message: str) -> bool:
    text = _reason(message)
    return any(sign in text for sign in BUSY)


def _reason(message: str) -> str:
    """What SQLite said, without the statement that the engine puts around it: that holds values of users."""
    _, failed, rest = message.partition(SQL_FAILED)
    return (rest.partition(" query: ")[0] if failed else message).lower()
