import sqlite3

import pytest

from shipway.lineage import Lineage, LineageQueries
from shipway.lineage.database import Database
from shipway.lineage.faults import OlderStore
from shipway.lineage.upkeep import check_store, restore, upgrade
from shipway.lineage.upkeep.engine_tables import downgrade, make_file
from shipway.lineage.upkeep.errors import NewerStore, UpgradeFailed
from shipway.lineage.upkeep.manifest import read_manifest
from shipway.lineage.upkeep.rows import reading, schema_version
from shipway.lineage.upkeep.tables import SCHEMA_VERSION


def version(database):
    with reading(database) as rows:
        return schema_version(rows, database)


def runs(path):
    queries = LineageQueries.open(path)
    found = {run.run_id: [task.state for task in queries.run(run.run_id)] for run in queries.runs()}
    queries.close()
    return found


def test_the_schema_is_the_engines(tmp_path):
    make_file(tmp_path / "new.db", SCHEMA_VERSION)
    assert version(Database.of_file(tmp_path / "new.db")) == SCHEMA_VERSION


@pytest.mark.parametrize("before", [9, 8, 6])
def test_an_older_store_is_upgraded_after_a_backup(before, new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 2)
    downgrade(database, before)
    upgraded = upgrade(database, backups=tmp_path / "backups")
    assert (upgraded.before, upgraded.after) == (before, 10)
    assert runs(database.path) == {f"run-{n}": ["COMPLETE", "COMPLETE"] for n in (0, 1)}
    assert check_store(database) == []
    assert read_manifest(upgraded.backup).schema == before
    again = new_database("sqlite")
    restore(upgraded.backup, again, backups=tmp_path)
    assert version(again) == before
    upgrade(again, backups=tmp_path / "more")
    assert runs(again.path) == runs(database.path)


def test_an_older_store_names_the_command(new_database, write):
    database = new_database("sqlite")
    write(database, 1)
    downgrade(database, 9)
    for opened in (Lineage.open, LineageQueries.open):
        with pytest.raises(OlderStore, match=f"shipway metadata upgrade --database sqlite:{database.path}' once"):
            opened(database.path)
    [finding] = check_store(database)
    assert "schema 9" in finding.text
    assert version(database) == 9


def test_an_older_store_on_a_server_is_upgraded(new_database, write, tmp_path, server_kind):
    database = new_database(server_kind)
    write(database, 2)
    downgrade(database, 9)
    upgraded = upgrade(database, backups=tmp_path)
    assert (upgraded.before, upgraded.after, version(database)) == (9, 10, 10)
    assert read_manifest(upgraded.backup).counts["Execution"] == 4
    assert check_store(database) == []


def test_a_store_that_is_up_to_date_is_left_alone(kind, new_database, write, tmp_path):
    database = new_database(kind)
    write(database, 1)
    assert upgrade(database, backups=tmp_path / "backups").backup is None
    assert not (tmp_path / "backups").exists()


def test_a_newer_store_is_left_alone(new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 1)
    with sqlite3.connect(database.path) as connection:
        connection.execute("UPDATE MLMDEnv SET schema_version = 11")
    connection.close()
    with pytest.raises(NewerStore, match="has schema 11 of ML Metadata and this release knows 10"):
        upgrade(database, backups=tmp_path)


def test_an_upgrade_that_fails_names_the_way_back(new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 1)
    downgrade(database, 9)
    with sqlite3.connect(database.path) as connection:
        connection.execute("ALTER TABLE ContextProperty ADD COLUMN bool_value BOOLEAN")
    connection.close()
    with pytest.raises(UpgradeFailed, match="the store as it was is in"):
        upgrade(database, backups=tmp_path / "backups")
    assert version(database) == 9
    [backup] = (tmp_path / "backups").iterdir()
    assert read_manifest(backup).schema == 9
