"""What can stand in the way of a backup, a restore or an upgrade, in one sentence each."""

from __future__ import annotations

from pathlib import Path

from shipway.errors import EnvironmentFault, InputError, UsageError


class DriverMissing(EnvironmentFault):
    """The Python package that speaks the database's language is not installed."""

    def __init__(self, database: str, package: str) -> None:
        super().__init__(
            f"The metadata database {database!r} is reached by the Python package {package!r}, which is not installed: "
            "pip install 'shipway[metadata]'."
        )


class DatabaseUnreachable(EnvironmentFault):
    """No connection: no server, no such database, a wrong password."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(
            f"The metadata database {database!r} cannot be reached ({reason}): check that its server runs, that the "
            "database is there, and the user and password."
        )


class DatabaseFailed(EnvironmentFault):
    """A statement that the database refused; its transaction was taken back."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(
            f"The metadata database {database!r} refused ({reason}): nothing in it was changed; see its server's log."
        )


class NoStore(EnvironmentFault):
    """A database without ML Metadata's tables."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"There is no metadata store in {database!r}: check the name, or run a pipeline or 'shipway metadata "
            "serve' on it first."
        )


class StoreInUse(EnvironmentFault):
    """The file is open in another process, which would go on writing to what it replaces."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The metadata store {str(path)!r} is open in another process: end the runs and servers that use it, "
            "then try again."
        )


class NotEmpty(UsageError):
    """A restore would mix two stores or lose one."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"The metadata store {database!r} is not empty: add --replace to put the backup in its place (what it "
            "holds now is kept beside it), or restore into another --database."
        )


class BackupExists(UsageError):
    """An older backup would be overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is a file at {str(path)!r} already: choose another name for the backup.")


class NoBackup(UsageError):
    """No file of that name."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no backup at {str(path)!r}: give the file that 'shipway metadata backup' wrote.")


class NotABackup(InputError):
    """A file of another kind."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{str(path)!r} is no backup ({problem}): give a file that 'shipway metadata backup' wrote.")


class DamagedBackup(InputError):
    """A backup that was cut short or changed since it was written."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The backup {str(path)!r} is damaged ({problem}): use another one; 'shipway metadata verify FILE' tells "
            "whether one is whole."
        )


class NewerBackup(InputError):
    """Written by a later release."""

    def __init__(self, path: Path, what: str, shipway: str) -> None:
        super().__init__(
            f"The backup {str(path)!r} was written by Shipway {shipway} and has {what}, which this release does not "
            "read: restore it with that release or a later one."
        )


class OlderBackup(InputError):
    """A server's database is always made with the newest schema, which an old backup's rows do not fit."""

    def __init__(self, path: Path, version: int) -> None:
        super().__init__(
            f"The backup {str(path)!r} has ML Metadata's old schema {version}, which only a file can be restored to: "
            "restore it with --database sqlite:FILE, run 'shipway metadata upgrade' on that, and back that up."
        )


class CopyDiffers(EnvironmentFault):
    """What was written is not what was read; a database that changes values."""

    def __init__(self, database: str, table: str) -> None:
        super().__init__(
            f"What was written to {database!r} differs from what was read (table {table}), so it was taken back: check "
            "the character set and collation of the database (utf8mb4 with utf8mb4_bin on MySQL, UTF8 on PostgreSQL)."
        )


class ForeignSchema(EnvironmentFault):
    """Tables that are ML Metadata's by name and not by their columns."""

    def __init__(self, database: str, table: str) -> None:
        super().__init__(
            f"The table {table} in {database!r} has not the columns that ML Metadata gives it: it was changed by hand "
            "or by another program, and cannot be copied."
        )


class NewerStore(EnvironmentFault):
    """A store that a later ML Metadata wrote; there is no way back but a backup."""

    def __init__(self, database: str, version: int, known: int) -> None:
        super().__init__(
            f"The metadata store {database!r} has schema {version} of ML Metadata and this release knows {known}: "
            "use the Shipway release that wrote it, or restore a backup from before."
        )


class UpgradeFailed(EnvironmentFault):
    """ML Metadata could not migrate the tables."""

    def __init__(self, database: str, reason: str, backup: Path) -> None:
        super().__init__(
            f"The schema of {database!r} could not be upgraded ({reason}): the store as it was is in {str(backup)!r}; "
            "restore it with 'shipway metadata restore --replace'."
        )
