"""Putting a backup in the place of a store: whole or not at all, ids kept, and checked before it counts."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shipway.artifacts.publish import partial_sibling, storage_faults
from shipway.lineage.database import SQLITE, Database
from shipway.lineage.embedded import make_folder
from shipway.lineage.lock import exclusive_file, lock_file
from shipway.lineage.upkeep.backup import back_up_rows, copy_rows, remove_partial, to_disk
from shipway.lineage.upkeep.content import Content, content_of
from shipway.lineage.upkeep.engine_tables import make_tables
from shipway.lineage.upkeep.errors import CopyDiffers, DamagedBackup, NotEmpty, OlderBackup
from shipway.lineage.upkeep.manifest import Manifest, damage, drop_manifest, read_manifest
from shipway.lineage.upkeep.rows import Rows, is_empty, reading, require_same_tables, writing
from shipway.lineage.upkeep.setting_aside import is_unused_file, set_aside
from shipway.lineage.upkeep.sqlite_rows import connect_file, file_faults
from shipway.lineage.upkeep.tables import SCHEMA_VERSION


@dataclass(frozen=True)
class Restored:
    """What was restored, and where what was there before is kept (None: nothing was there)."""

    manifest: Manifest
    kept: Path | None


def restore(backup: Path, database: Database, *, replace: bool = False, backups: Path) -> Restored:
    """Put the backup into an empty store, or in the place of another when `replace`.

    What a file is replaced by it lies beside, under another name; what a server's database held is backed up into
    the folder `backups`. Raises what `read_manifest` raises, `NotEmpty`, `StoreInUse`, and an `EnvironmentFault`;
    the store is then as it was.
    """
    manifest = read_manifest(backup)
    if database.kind == SQLITE:
        assert database.path is not None
        kept = _restore_file(backup, manifest, database.path, replace)
    else:
        kept = _restore_rows(backup, manifest, database, replace, backups)
    return Restored(manifest, kept)


def timestamp() -> str:
    """The present second, as names of files hold it."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _restore_file(backup: Path, manifest: Manifest, path: Path, replace: bool) -> Path | None:
    make_folder(path.parent)
    partial = partial_sibling(path)
    try:
        with exclusive_file(lock_file(path)):
            unused = is_unused_file(path)
            if not (unused or replace):
                raise NotEmpty(str(Database.of_file(path)))
            _write_store(backup, manifest, partial, path)
            kept = set_aside(path, timestamp(), keep=not unused)
            with storage_faults(path):
                partial.replace(path)
                to_disk(path.parent)
            return kept
    finally:
        remove_partial(partial)


def _write_store(backup: Path, manifest: Manifest, partial: Path, path: Path) -> None:
    """A store of the backup's rows, in write-ahead mode as every embedded store is."""
    with storage_faults(path):
        shutil.copyfile(backup, partial)
    connection = connect_file(partial, write=True)
    try:
        with damage(backup):
            if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                raise DamagedBackup(backup, "SQLite finds its pages in disorder")
        with file_faults(path):
            drop_manifest(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            with reading(Database.of_file(partial)) as rows:
                require_content(content_of(rows), manifest, backup)
    finally:
        connection.close()
    with storage_faults(path):
        to_disk(partial)


def require_content(content: Content, manifest: Manifest, backup: Path) -> None:
    """`DamagedBackup` when the rows are not those that the manifest speaks of."""
    for table, count in manifest.counts.items():
        if content.counts.get(table) != count:
            found = content.counts.get(table, 0)
            raise DamagedBackup(backup, f"its table {table} has {found} rows and should have {count}")
    if content.digest != manifest.digest:
        raise DamagedBackup(backup, "its rows have changed since it was written")


def _restore_rows(backup: Path, manifest: Manifest, database: Database, replace: bool, backups: Path) -> Path | None:
    if manifest.schema != SCHEMA_VERSION:
        raise OlderBackup(backup, manifest.schema)
    with reading(database):
        pass  # an unreachable server says so in a sentence; the engine does not
    make_tables(database)
    with writing(database) as target:
        target.widen()
        target.lock()
        kept = None
        if not is_empty(target):
            if not replace:
                raise NotEmpty(str(database))
            kept = backups / f"metadata-{timestamp()}-replaced.backup"
            back_up_rows(target, database, kept)
        target.clear()
        _fill(target, database, backup, manifest)
        target.commit()
    return kept


def _fill(target: Rows, database: Database, backup: Path, manifest: Manifest) -> None:
    with reading(Database.of_file(backup)) as source:
        columns = require_same_tables(source, target, database)
        try:
            copied = copy_rows(source, target, columns)
        except sqlite3.DatabaseError as error:
            raise DamagedBackup(backup, " ".join(str(error).split())) from error
    require_content(copied, manifest, backup)
    if table := content_of(target).first_difference(copied):
        raise CopyDiffers(str(database), table)
