import re
import sqlite3
import time

import pytest

from shipway.lineage import TaskIdentity
from shipway.lineage.database import Database
from shipway.lineage.faults import CorruptStore, MissingStore
from shipway.lineage.upkeep import back_up, check_backup, check_store
from shipway.lineage.upkeep.rules import MOST_OF_A_KIND

DAY_MS = 86_400_000


@pytest.fixture
def harmed(new_database, write, say):
    """A store with two runs, changed by a statement."""

    def make(kind, *statements):
        database = new_database(kind)
        write(database, 2)
        if database.path:
            with sqlite3.connect(database.path) as connection:
                for sql in statements:
                    connection.execute(sql)
            connection.close()
        else:
            with say(database) as execute:
                for sql in statements:
                    execute(sql)
        return database

    return make


def test_nothing_is_wrong_with_a_store_as_it_is_written(harmed, kind):
    assert check_store(harmed(kind)) == []


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        (
            "DELETE FROM Artifact WHERE id = 1",
            [
                "Event 1 refers to artifact 1, which is not there",
                "Event 2 refers to artifact 1, which is not there",
                r"Attribution \d+ refers to artifact 1, which is not there",
                "ArtifactProperty digest refers to artifact 1, which is not there",
            ],
        ),
        (
            "DELETE FROM Execution WHERE id = 4",
            [
                "Event 6 refers to execution 4, which is not there",
                r"Association \d+ refers to execution 4, which is not there",
                "ExecutionProperty run_id refers to execution 4, which is not there",
            ],
        ),
        ("DELETE FROM Event WHERE id = 3", ["EventPath 3 refers to event 3, which is not there"]),
        (
            "DELETE FROM Context WHERE id = 2",
            [
                r"Attribution \d+ refers to context 2, which is not there",
                r"Association \d+ refers to context 2, which is not there",
                "ContextProperty pipeline_name refers to context 2, which is not there",
            ],
        ),
        (
            "UPDATE Artifact SET type_id = 99 WHERE id = 2",
            ["Artifact 2 has type 99, which is not there or of another kind"],
        ),
        (
            "INSERT INTO Type (name, type_kind) VALUES ('Model', 1)",
            ["has the same kind, name and version as type"],
        ),
        (
            "INSERT INTO ParentContext (context_id, parent_context_id) VALUES (1, 77)",
            ["ParentContext 1 refers to context 77"],
        ),
        ("INSERT INTO MLMDEnv (schema_version) VALUES (9)", ["The table MLMDEnv has 2 rows and should have one"]),
    ],
    ids=["artifact", "execution", "event", "context", "type", "type-twice", "parent", "versions"],
)
def test_what_is_wrong_is_named(sql, texts, kind, harmed):
    found = [finding.text for finding in check_store(harmed(kind, sql))]
    for text in texts:
        assert any(re.search(text, one) for one in found), found


def test_executions_that_run_for_days_are_named(lineage, make, store):
    execution = lineage.begin(TaskIdentity("taxi", "run-1", "trainer", "steps.trainer"), {}, {}, "key")
    make("run-1", "ingest")
    lineage.close()
    assert check_store(Database.of_file(store)) == []
    with sqlite3.connect(store) as connection:
        then = int(time.time() * 1000 - 4 * DAY_MS)
        connection.execute("UPDATE Execution SET last_update_time_since_epoch = ?", (then,))
    connection.close()
    [finding] = check_store(Database.of_file(store))
    assert finding.text == f"Execution {execution} (taxi/run-1/trainer#1) is RUNNING for 4.0 days without a word"
    assert check_store(Database.of_file(store), running_days=5) == []


def test_many_of_a_kind_are_cut_short(harmed):
    many = """
    WITH RECURSIVE n(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
    INSERT INTO Event SELECT n, n, 1, 3, 0 FROM n
    """
    database = harmed("sqlite", many)
    found = [one for one in check_store(database) if one.kind == "event-without-artifact"]
    assert len(found) == MOST_OF_A_KIND + 1
    assert found[-1].text.startswith("There are more than 100 of the kind")


def test_damaged_pages_are_named(harmed):
    database = harmed("sqlite", "PRAGMA journal_mode = DELETE")
    with sqlite3.connect(database.path) as connection:
        [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'idx_artifact_uri'")
        [(size,)] = connection.execute("PRAGMA page_size")
    connection.close()
    with database.path.open("r+b") as file:
        file.seek((root - 1) * size + 8)
        file.write(b"\xff" * 8)
    found = check_store(database)
    assert found
    assert {one.kind for one in found} == {"damaged"}


def test_a_backup_of_a_store_with_faults_names_them_too(harmed, tmp_path):
    database = harmed("sqlite", "DELETE FROM Event WHERE id = 3")
    back_up(database, tmp_path / "one.backup")
    assert [one.kind for one in check_backup(tmp_path / "one.backup")] == ["eventpath-without-event"]


def test_what_is_no_store_cannot_be_checked(tmp_path):
    with pytest.raises(MissingStore):
        check_store(Database.of_file(tmp_path / "metadata.db"))
    (tmp_path / "text.db").write_text("no database " * 1000)
    with pytest.raises(CorruptStore):
        check_store(Database.of_file(tmp_path / "text.db"))
