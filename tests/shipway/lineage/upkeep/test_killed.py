"""Processes that are killed in the middle: what they leave never looks whole."""

import pytest

from shipway.lineage.database import Database
from shipway.lineage.upkeep import back_up, check_store, restore
from shipway.lineage.upkeep.content import content_of
from shipway.lineage.upkeep.errors import NotABackup
from shipway.lineage.upkeep.manifest import read_manifest
from shipway.lineage.upkeep.rows import reading

KILLED_AT = """
import importlib, os, sys
from pathlib import Path
from shipway.lineage.database import Database, read_password
from shipway.lineage.upkeep import back_up, restore

def die(*words, **more):
    os.kill(os.getpid(), 9)

place, action, path, name, backups = sys.argv[1:]
module, _, function = place.rpartition(".")
setattr(importlib.import_module(f"shipway.lineage.upkeep.{module}"), function, die)
database = Database.parse(name, read_password(None))
if action == "backup":
    back_up(database, Path(path))
else:
    restore(Path(path), database, replace=True, backups=Path(backups))
"""


def digest(database):
    with reading(database) as rows:
        return content_of(rows).digest


@pytest.fixture
def kill(killed, tmp_path):
    def at(place, action, path, database):
        words = (place, action, str(path), str(database), str(tmp_path / "backups"))
        killed(KILLED_AT, *words, SHIPWAY_METADATA_DATABASE_PASSWORD=database.password)

    return at


@pytest.mark.parametrize("place", ["backup.content_of", "backup.write_manifest"])
def test_a_killed_backup_leaves_none(place, kind, new_database, write, tmp_path, kill):
    database = new_database(kind)
    write(database, 1)
    path = tmp_path / "backups" / "one.backup"
    kill(place, "backup", path, database)
    [left] = (one for one in path.parent.iterdir() if not one.name.endswith("-journal"))
    assert left.name.startswith(".partial-")
    with pytest.raises(NotABackup, match="no manifest"):
        read_manifest(left)
    assert back_up(database, path) == read_manifest(path)


@pytest.mark.parametrize("place", ["restore.drop_manifest", "restore.require_content", "restore.set_aside"])
def test_a_killed_restore_leaves_the_store_as_it_was(place, new_database, write, tmp_path, kill):
    source, target = new_database("sqlite"), new_database("sqlite")
    write(source, 2)
    write(target, 1, "other")
    manifest = back_up(source, tmp_path / "one.backup")
    before = digest(target)
    kill(place, "restore", tmp_path / "one.backup", target)
    assert digest(target) == before
    assert restore(tmp_path / "one.backup", target, replace=True, backups=tmp_path).kept
    assert digest(target) == manifest.digest


def test_a_restore_killed_at_its_last_step_leaves_the_store_as_it_was(new_database, write, tmp_path, killed):
    source, target = new_database("sqlite"), new_database("sqlite")
    write(source, 2)
    write(target, 1, "other")
    back_up(source, tmp_path / "one.backup")
    before = digest(target)
    code = KILLED_AT.replace("setattr(", "Path.replace = die; (lambda *_: None)(")
    killed(code, "restore.x", "restore", str(tmp_path / "one.backup"), str(target), str(tmp_path))
    assert digest(target) == before
    assert check_store(target) == []


@pytest.mark.parametrize("place", ["restore.content_of", "restore.copy_rows", "restore.require_content"])
def test_a_killed_restore_leaves_a_server_as_it_was(place, server_kind, new_database, write, tmp_path, kill):
    source, target = new_database("sqlite"), new_database(server_kind)
    write(source, 2)
    write(target, 1, "other")
    back_up(source, tmp_path / "one.backup")
    before = digest(target)
    kill(place, "restore", tmp_path / "one.backup", target)
    assert digest(target) == before
    kept = restore(tmp_path / "one.backup", target, replace=True, backups=tmp_path).kept
    assert digest(Database.of_file(kept)) == before
