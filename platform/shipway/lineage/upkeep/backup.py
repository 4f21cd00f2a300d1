"""Backing up a store while others write to it.

A file is copied by SQLite's own backup, in one step: what `cp` would copy lacks what is still in the write-ahead log.
On a server, the rows are read in one transaction that sees one moment, and written into a file of the same tables.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from shipway.artifacts.publish import partial_sibling, storage_faults
from shipway.lineage.database import SQLITE, Database
from shipway.lineage.embedded import make_folder
from shipway.lineage.faults import CorruptStore
from shipway.lineage.upkeep.content import Content, content_of
from shipway.lineage.upkeep.engine_tables import make_file
from shipway.lineage.upkeep.errors import BackupExists, CopyDiffers
from shipway.lineage.upkeep.manifest import Manifest, write_manifest
from shipway.lineage.upkeep.rows import Rows, reading, require_same_tables, schema_version, writing
from shipway.lineage.upkeep.sqlite_rows import connect_file, file_faults


def back_up(database: Database, path: Path) -> Manifest:
    """Write a backup of the store as of now to `path`: whole, checked, and on the disk, or not at all.

    Raises `BackupExists`, and an `EnvironmentFault` for a store that cannot be read and a disk that cannot be written.
    """
    if database.kind != SQLITE:
        with reading(database) as rows:
            return back_up_rows(rows, database, path)
    assert database.path is not None
    partial = _begin(path)
    try:
        _copy_file(database.path, partial)
        with reading(database) as rows:
            schema_version(rows, database)
        return _finish(partial, path, database, None)
    finally:
        remove_partial(partial)


def back_up_rows(rows: Rows, database: Database, path: Path) -> Manifest:
    """The same of a transaction that is going on, on a server's database."""
    partial = _begin(path)
    try:
        make_file(partial, schema_version(rows, database))
        target = Database.of_file(partial)
        with file_faults(path), writing(target) as copy:
            columns = require_same_tables(rows, copy, database)
            copy.clear()
            content = copy_rows(rows, copy, columns)
            copy.commit()
        return _finish(partial, path, database, content)
    finally:
        remove_partial(partial)


def copy_rows(source: Rows, target: Rows, columns: dict[str, tuple[str, ...]]) -> Content:
    """Copy every table; the content that passed through."""
    content = Content()
    for table, names in columns.items():
        target.write(table, names, content.passing(table, names, source.read(table, names)))
    return content


def _begin(path: Path) -> Path:
    if path.exists():
        raise BackupExists(path)
    make_folder(path.absolute().parent)
    return partial_sibling(path.absolute())


def _copy_file(store: Path, partial: Path) -> None:
    with file_faults(store):
        source = connect_file(store)
        try:
            target = sqlite3.connect(partial)
            try:
                source.backup(target)
            finally:
                target.close()
        finally:
            source.close()


def _finish(partial: Path, path: Path, database: Database, expected: Content | None) -> Manifest:
    """Check the copy, put the manifest in and give it its name."""
    copy = Database.of_file(partial)
    with file_faults(path):
        connection = connect_file(partial, write=True)
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                raise CorruptStore(database.path or path)
            with reading(copy) as rows:
                content, version = content_of(rows), schema_version(rows, copy)
            if expected and (table := content.first_difference(expected)):
                raise CopyDiffers(str(path), table)
            manifest = Manifest.of(database, version, content)
            write_manifest(connection, manifest)
        finally:
            connection.close()
    with storage_faults(path):
        to_disk(partial)
        partial.rename(path)
        to_disk(path.absolute().parent)
    return manifest


def to_disk(path: Path) -> None:
    """Have a file, or the names in a folder, written through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_partial(partial: Path) -> None:
    """Remove what is left of an attempt, SQLite's journals too."""
    for leftover in partial.parent.glob(partial.name + "*"):
        leftover.unlink(missing_ok=True)
