"""Files that are no backup, or no longer one: each is refused in a sentence, and the store stays as it is."""

import json
import os
import shutil
import sqlite3

import pytest

from shipway.lineage.database import Database
from shipway.lineage.upkeep import back_up, check_backup, restore
from shipway.lineage.upkeep.errors import DamagedBackup, NewerBackup, NoBackup, NotABackup


@pytest.fixture
def backup(new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 20)
    back_up(database, tmp_path / "one.backup")
    return tmp_path / "one.backup"


def change_manifest(backup, **facts):
    with sqlite3.connect(backup) as connection:
        [(text,)] = connection.execute("SELECT manifest FROM ShipwayBackup")
        changed = json.dumps(json.loads(text) | facts)
        connection.execute("UPDATE ShipwayBackup SET manifest = ?", (changed,))
    connection.close()


def change_rows(backup, sql):
    with sqlite3.connect(backup) as connection:
        connection.execute(sql)
    connection.close()


def truncate(backup):
    os.truncate(backup, backup.stat().st_size - 5000)


def cut_to_pages(backup):
    """Cut at the end of a page, as a full disk does."""
    os.truncate(backup, backup.stat().st_size // 8192 * 4096)


def flip_text(backup):
    data = backup.read_bytes()
    assert data.count(b"/models/run-7") >= 1
    backup.write_bytes(data.replace(b"/models/run-7", b"/models/run-8"))


def overwrite_pages(backup):
    with backup.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096 * 3)


def drop_manifest(backup):
    change_rows(backup, "DROP TABLE ShipwayBackup")


def drop_table(backup):
    change_rows(backup, "DROP TABLE EventPath")


def delete_row(backup):
    change_rows(backup, "DELETE FROM Event WHERE id = 5")


def turn_into_text(backup):
    backup.write_text("kind: backup\n" * 100)


def empty(backup):
    backup.write_bytes(b"")


def turn_into_folder(backup):
    backup.unlink()
    backup.mkdir()


def remove(backup):
    backup.unlink()


@pytest.mark.parametrize(
    ("harm", "error", "sentence"),
    [
        (truncate, DamagedBackup, "bytes and should have"),
        (cut_to_pages, DamagedBackup, "bytes and should have"),
        (flip_text, DamagedBackup, "its rows have changed|disorder"),
        (overwrite_pages, DamagedBackup, "is damaged"),
        (drop_table, DamagedBackup, "its table EventPath has 0 rows"),
        (delete_row, DamagedBackup, "its table Event has 59 rows and should have 60"),
        (drop_manifest, NotABackup, "it has no manifest"),
        (turn_into_text, NotABackup, "a file of another kind"),
        (empty, NotABackup, "it is empty"),
        (turn_into_folder, NotABackup, "it is a folder"),
        (remove, NoBackup, "There is no backup at"),
    ],
)
def test_a_bad_backup_is_refused(harm, error, sentence, backup, tmp_path):
    harm(backup)
    home = Database.of_file(tmp_path / "home" / "metadata.db")
    with pytest.raises(error, match=sentence):
        restore(backup, home, backups=tmp_path)
    assert [one.name for one in home.path.parent.glob("*")] in ([], ["metadata.db.lock"])
    [finding] = check_backup(backup)
    assert finding.kind == "damaged"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [({"schema": 11, "shipway": "9.9"}, "Shipway 9.9 and has schema 11"), ({"format": 2}, "has format 2")],
    ids=["schema", "format"],
)
def test_a_newer_backup_is_refused(facts, sentence, backup, tmp_path):
    change_manifest(backup, **facts)
    with pytest.raises(NewerBackup, match=sentence):
        restore(backup, Database.of_file(tmp_path / "home" / "metadata.db"), backups=tmp_path)


@pytest.mark.parametrize("harm", [flip_text, delete_row, overwrite_pages])
def test_a_damaged_backup_leaves_a_server_as_it_is(harm, backup, server_kind, new_database, write, tmp_path):
    from shipway.lineage.upkeep.content import content_of
    from shipway.lineage.upkeep.rows import reading

    target = new_database(server_kind)
    write(target, 1, "other")
    with reading(target) as rows:
        before = content_of(rows).digest
    harm(backup)
    with pytest.raises(DamagedBackup):
        restore(backup, target, replace=True, backups=tmp_path / "backups")
    with reading(target) as rows:
        assert content_of(rows).digest == before


def test_a_copied_store_is_no_backup(new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 1)
    shutil.copy(database.path, tmp_path / "copy.db")
    with pytest.raises(NotABackup, match="a store itself is copied with 'shipway metadata backup'"):
        restore(tmp_path / "copy.db", new_database("sqlite"), backups=tmp_path)
