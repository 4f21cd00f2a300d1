import sqlite3

import pytest

from shipway.lineage import LineageQueries
from shipway.lineage.database import Database
from shipway.lineage.faults import CorruptStore, MissingStore
from shipway.lineage.upkeep import back_up, check_backup, restore
from shipway.lineage.upkeep.content import content_of
from shipway.lineage.upkeep.errors import BackupExists, DatabaseUnreachable, NoStore
from shipway.lineage.upkeep.manifest import read_manifest
from shipway.lineage.upkeep.rows import reading


def runs_in(path):
    """The runs that a store or a backup holds: how far each of them went, by its name."""
    queries = LineageQueries.open(path)
    found = {run.run_id: [task.state for task in queries.run(run.run_id)] for run in queries.runs()}
    queries.close()
    return found


def test_a_backup_holds_everything_and_says_what(kind, new_database, write, tmp_path):
    database = new_database(kind)
    write(database, 2)
    path = tmp_path / "new" / "one.backup"
    manifest = back_up(database, path)
    assert manifest.counts | {"Type": 0, "ParentType": 0, "TypeProperty": 0} == {
        **{"Type": 0, "ParentType": 0, "TypeProperty": 0, "ParentContext": 0},
        **{"Artifact": 4, "ArtifactProperty": 12, "Execution": 4, "ExecutionProperty": 22, "Context": 5},
        **{"ContextProperty": 2, "Event": 6, "EventPath": 16, "Association": 12, "Attribution": 14},
    }
    assert (manifest.schema, manifest.database) == (10, str(database))
    assert "4 artifacts, 4 executions, 5 contexts, 6 events" in manifest.summary
    assert read_manifest(path) == manifest
    assert check_backup(path) == []
    assert [one.name for one in path.parent.iterdir()] == ["one.backup"]
    with reading(database) as rows:
        assert content_of(rows).digest == manifest.digest


def test_a_backup_can_be_read_as_a_store(kind, new_database, write, tmp_path):
    database = new_database(kind)
    write(database, 1)
    back_up(database, tmp_path / "one.backup")
    queries = LineageQueries.open(tmp_path / "one.backup")
    ingest, train = queries.run("run-0")
    queries.close()
    [first, second] = ingest.outputs["examples"]
    assert first == second
    assert (first.uri, first.metadata["rows"]) == ("/data/run-0/é\u0301 ✈", 5_000_000)
    assert train.outputs["model"][0].metadata["notes"] == "a 'quote' and\n a line"
    assert (ingest.pipeline, ingest.parameters) == ("Flüge", {"path": "/in/✈", "n": 1})


def test_a_backup_is_of_one_moment_while_others_write(kind, new_database, write, writers, tmp_path):
    database = new_database(kind)
    write(database, 1)
    with writers(database, 4) as started:
        for one in started:
            one.stdout.readline(), one.stdout.readline()
        manifest = back_up(database, tmp_path / "one.backup")
        for one in started:
            one.stdout.readline()
            one.stdin.close()
        ran = [len(one.stdout.readlines()) + 3 for one in started]
        assert [one.wait(30) for one in started] == [0] * 4
    assert check_backup(tmp_path / "one.backup") == []
    home = Database.of_file(tmp_path / "home" / "metadata.db")
    restore(tmp_path / "one.backup", home, backups=tmp_path)
    found = runs_in(home.path)
    assert manifest.counts["Execution"] == sum(map(len, found.values()))
    for number, last in enumerate(ran):
        states = [found.get(f"writer{number}-{run}", []) for run in range(last)]
        there = [state for state in states if state]
        assert len(there) >= 2
        assert states == there + [[]] * (last - len(there)), "a run is there and one before it is not"
        assert all(state == ["COMPLETE", "COMPLETE"] for state in there[:-1])
        assert there[-1][:1] == ["COMPLETE"] or there[-1] == ["RUNNING"]


def test_what_is_only_in_the_log_is_backed_up_too(lineage, make, record, store, tmp_path, killed):
    make("run-1", "trainer", {}, {"model": [record("Model", "/m/1")]})
    assert store.with_name("metadata.db-wal").stat().st_size
    code = "import sys; from pathlib import Path; from shipway.lineage.database import Database; import os\n"
    code += "from shipway.lineage.upkeep import back_up\n"
    code += "back_up(Database.of_file(Path(sys.argv[1])), Path(sys.argv[2])); os.kill(os.getpid(), 9)"
    killed(code, str(store), str(tmp_path / "one.backup"))
    assert runs_in(tmp_path / "one.backup") == {"run-1": ["COMPLETE"]}


def test_an_older_backup_is_never_overwritten(new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 1)
    (tmp_path / "one.backup").write_text("precious")
    with pytest.raises(BackupExists, match="choose another name"):
        back_up(database, tmp_path / "one.backup")
    assert (tmp_path / "one.backup").read_text() == "precious"


def test_without_a_store_there_is_no_backup(tmp_path):
    with pytest.raises(MissingStore):
        back_up(Database.of_file(tmp_path / "metadata.db"), tmp_path / "one.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_is_not_backed_up(tmp_path):
    sqlite3.connect(tmp_path / "other.db").close()
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE other (a)")
    connection.close()
    with pytest.raises(NoStore, match="There is no metadata store"):
        back_up(Database.of_file(tmp_path / "other.db"), tmp_path / "one.backup")
    (tmp_path / "text.db").write_text("no database " * 100)
    with pytest.raises(CorruptStore):
        back_up(Database.of_file(tmp_path / "text.db"), tmp_path / "one.backup")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other.db", "text.db"]


def test_a_damaged_store_is_not_backed_up(new_database, write, tmp_path):
    database = new_database("sqlite")
    write(database, 30)
    data = bytearray(database.path.read_bytes())
    for place in range(8192, len(data), 8192):
        data[place : place + 64] = bytes(64)
    database.path.write_bytes(data)
    with pytest.raises(CorruptStore):
        back_up(database, tmp_path / "one.backup")
    assert not list(tmp_path.glob("*one.backup*"))


def test_a_database_without_tables_is_explained(server_kind, new_database, tmp_path):
    with pytest.raises(NoStore, match=r"There is no metadata store in '(mysql|postgresql)://"):
        back_up(new_database(server_kind), tmp_path / "one.backup")


@pytest.mark.parametrize("name", ["mysql://me@127.0.0.1:9/lineage", "postgresql://me@127.0.0.1:9/lineage"])
def test_a_server_that_is_not_there_is_explained(name, tmp_path):
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:9/lineage' cannot be reached") as fault:
        back_up(Database.parse(name, "secret"), tmp_path / "one.backup")
    assert "secret" not in str(fault.value)


def test_a_wrong_password_is_explained(server_kind, new_database, tmp_path):
    there = new_database(server_kind)
    wrong = Database(there.kind, None, there.host, there.port, there.name, there.user, "wrong-secret")
    with pytest.raises(DatabaseUnreachable, match="cannot be reached") as fault:
        back_up(wrong, tmp_path / "one.backup")
    assert "wrong-secret" not in str(fault.value)
