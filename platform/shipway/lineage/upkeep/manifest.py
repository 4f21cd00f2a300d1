"""What a backup says of itself, in a table beside ML Metadata's, written last: a file without it is no backup.

The digest is over the rows and not over the file, so that it also says whether a database on a server, restored from
the file, holds the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import shipway
from shipway.lineage.database import Database
from shipway.lineage.upkeep.errors import DamagedBackup, NewerBackup, NoBackup, NotABackup
from shipway.lineage.upkeep.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from shipway.lineage.upkeep.content import Content

FORMAT = 1
MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100


@dataclass(frozen=True)
class Manifest:
    """`created` is UTC in ISO 8601, `counts` are rows by table, `digest` is that of `content.py`."""

    format: int
    created: str
    shipway: str
    schema: int
    database: str
    counts: Mapping[str, int]
    digest: str

    @classmethod
    def of(cls, database: Database, schema: int, content: Content) -> Manifest:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(FORMAT, created, shipway.__version__, schema, str(database), content.counts, content.digest)

    @property
    def summary(self) -> str:
        """The counts that a person asks for."""
        names = {"Type": "types", "Artifact": "artifacts", "Execution": "executions", "Context": "contexts"}
        counted = {**names, "Event": "events"}
        return ", ".join(f"{self.counts.get(table, 0)} {name}" for table, name in counted.items())


def write_manifest(connection: sqlite3.Connection, manifest: Manifest) -> None:
    connection.execute("CREATE TABLE ShipwayBackup (manifest TEXT NOT NULL)")
    connection.execute("INSERT INTO ShipwayBackup VALUES (?)", (json.dumps(asdict(manifest), sort_keys=True),))


def drop_manifest(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE ShipwayBackup")


def read_manifest(path: Path) -> Manifest:
    """What the backup at `path` says of itself, after a look at the file's size and structure but not at every row.

    Raises `NoBackup`, `NotABackup`, `DamagedBackup` and `NewerBackup`.
    """
    _check_header(path)
    with backup_connection(path) as connection:
        tables = connection.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'ShipwayBackup'").fetchone()
        if not tables[0]:
            raise NotABackup(path, "it has no manifest; a store itself is copied with 'shipway metadata backup'")
        rows = connection.execute("SELECT manifest FROM ShipwayBackup").fetchall()
    try:
        values = json.loads(rows[0][0])
        if values["format"] > FORMAT:
            raise NewerBackup(path, f"format {values['format']}", str(values["shipway"]))
        manifest = Manifest(**values)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise DamagedBackup(path, "its manifest cannot be read") from error
    if manifest.schema > SCHEMA_VERSION:
        raise NewerBackup(path, f"schema {manifest.schema} of ML Metadata", manifest.shipway)
    return manifest


def _check_header(path: Path) -> None:
    if not path.is_file():
        raise NotABackup(path, "it is a folder") if path.is_dir() else NoBackup(path)
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if not header.startswith(MAGIC):
        raise NotABackup(path, "it is empty" if not header else "it is a file of another kind")
    page = int.from_bytes(header[16:18], "big")
    size = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    if path.stat().st_size != size:
        raise DamagedBackup(path, f"it has {path.stat().st_size} bytes and should have {size}")


@contextmanager
def backup_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A reader of a backup, which no one writes; SQLite's errors mean that it is damaged."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        with damage(path):
            yield connection
    finally:
        connection.close()


@contextmanager
def damage(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DamagedBackup(path, " ".join(str(error).split())) from error
