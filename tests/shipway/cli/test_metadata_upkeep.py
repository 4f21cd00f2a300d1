import contextlib
import json
import re
import sqlite3

import pytest

from shipway.cli.__main__ import main
from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with one recorded run."""
    home = tmp_path / "home"
    monkeypatch.setenv("SHIPWAY_HOME", str(home))
    monkeypatch.delenv("SHIPWAY_METADATA", raising=False)
    with Lineage.open(home / "metadata.db") as lineage:
        identity = TaskIdentity("taxi", "run-1", "trainer", "steps.trainer")
        execution = lineage.begin(identity, {}, {}, "key")
        lineage.complete(execution, {"model": [ArtifactRecord("Model", "/m/1")]}, {})
    return home


def runs(path):
    queries = LineageQueries.open(path)
    found = [run.run_id for run in queries.runs()]
    queries.close()
    return found


def test_the_homes_store_is_backed_up_lost_and_restored(home, capsys):
    assert main(["metadata", "backup"]) == 0
    [backup] = (home / "backups").iterdir()
    assert re.fullmatch(r"metadata-\d{8}T\d{6}Z\.backup", backup.name)
    assert "1 artifacts, 1 executions, 3 contexts, 1 events." in capsys.readouterr().out
    (home / "metadata.db").unlink()
    assert main(["metadata", "restore", str(backup)]) == 0
    assert runs(home / "metadata.db") == ["run-1"]
    assert f"Restored sqlite:{home}/metadata.db from {backup} as of 20" in capsys.readouterr().out


def test_old_backups_are_removed_and_the_newest_is_restored(home, capsys):
    folder = home / "backups"
    folder.mkdir()
    others = {"metadata-20250103T000000Z-replaced.backup", "notes.txt"}
    for name in ("metadata-20250101T000000Z.backup", "metadata-20250102T000000Z.backup", *others):
        (folder / name).write_text("old")
    assert main(["metadata", "backup", "--keep", "2"]) == 0
    assert "metadata-20250101T000000Z.backup, which is older than the newest 2." in capsys.readouterr().out
    kept = {path.name for path in folder.iterdir()} - others
    assert len(kept) == 2
    assert min(kept) == "metadata-20250102T000000Z.backup"
    assert main(["metadata", "restore", "--replace"]) == 0
    assert f"from {folder / max(kept)} as of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["restore"], "There is no backup in"),
        (["backup", "--keep", "0"], "'0' is no number of backups: give 1 or more"),
        (["backup", "one.backup", "--keep", "2"], "--keep is about backups in HOME/backups, and this one goes to"),
    ],
)
def test_what_backups_cannot_do_is_one_sentence(home, words, sentence, capsys):
    with contextlib.suppress(SystemExit):  # argparse ends the process itself
        assert main(["metadata", *words]) in (1, 2)
    assert sentence in capsys.readouterr().err


def test_a_restore_says_where_the_old_store_is(home, tmp_path, capsys):
    assert main(["metadata", "backup", str(tmp_path / "one.backup")]) == 0
    assert main(["metadata", "restore", str(tmp_path / "one.backup")]) == 2
    assert "is not empty: add --replace" in capsys.readouterr().err
    assert main(["metadata", "restore", "--replace", str(tmp_path / "one.backup")]) == 0
    [kept] = re.findall(r"What it held before is in (.*)\.\n", capsys.readouterr().out)
    assert kept.startswith(f"{home}/metadata.db.replaced-")


def test_a_sound_store_and_backup_verify(home, tmp_path, capsys):
    assert main(["metadata", "backup", str(tmp_path / "one.backup")]) == 0
    assert main(["metadata", "verify"]) == 0
    assert main(["metadata", "verify", str(tmp_path / "one.backup")]) == 0
    assert capsys.readouterr().out.count("nothing is wrong") == 2


def test_what_is_wrong_is_listed_and_exits_with_1(home, capsys):
    with sqlite3.connect(home / "metadata.db") as connection:
        connection.execute("DELETE FROM Artifact")
    connection.close()
    assert main(["metadata", "verify", "--database", f"sqlite:{home}/metadata.db"]) == 1
    assert "Event 1 refers to artifact 1, which is not there\n" in capsys.readouterr().out
    assert main(["metadata", "verify", "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert "event-without-artifact" in {one["kind"] for one in findings}


def test_an_older_store_is_upgraded(home, capsys):
    from shipway.lineage.database import Database
    from shipway.lineage.upkeep.engine_tables import downgrade

    assert main(["metadata", "upgrade"]) == 0
    assert "has schema 10 already" in capsys.readouterr().out
    downgrade(Database.of_file(home / "metadata.db"), 8)
    assert main(["artifacts"]) == 1
    assert "run 'shipway metadata upgrade --database sqlite:" in capsys.readouterr().err
    assert main(["metadata", "upgrade"]) == 0
    assert "from schema 8 to 10" in capsys.readouterr().out
    assert runs(home / "metadata.db") == ["run-1"]


def test_upkeep_of_a_services_store_wants_its_database(home, monkeypatch, capsys):
    monkeypatch.setenv("SHIPWAY_METADATA", "grpc://127.0.0.1:8090")
    assert main(["metadata", "backup"]) == 2
    assert "name the database that it serves with --database" in capsys.readouterr().err
    assert main(["metadata", "backup", "--database", f"sqlite:{home}/metadata.db"]) == 0
