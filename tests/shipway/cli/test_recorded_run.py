"""`shipway runs show` of a run that only the metadata store knows."""

import json

import pytest

from shipway.cli.__main__ import main
from shipway.lineage import Lineage, TaskIdentity
from shipway.lineage.live_runs import LiveRun, Waiting


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store elsewhere, with a run that failed and one that waits."""
    path = tmp_path / "elsewhere.db"
    lineage = Lineage.open(path)
    lineage.fail(
        lineage.begin(TaskIdentity("penguins", "run-1", "trainer", "steps.trainer"), {}, {}, ""),
        "It ran out of memory.",
    )
    lineage.end_run("run-1", "FAILED", 1_900_000_000_000)
    lineage.go_on(LiveRun("penguins", "run-2", 1_800_000_000_000, "kubeflow", (Waiting("transform", "No node.", 1),)))
    lineage.close()
    monkeypatch.setenv("SHIPWAY_METADATA", str(path))
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    return path


def test_it_is_shown_with_what_failed(store, capsys):
    assert main(["runs", "show", "run-1"]) == 0
    printed = capsys.readouterr().out
    assert "penguins: failed" in printed
    assert "trainer failed: It ran out of memory." in printed


def test_it_is_shown_with_what_cannot_begin(store, capsys):
    assert main(["runs", "show", "run-2", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["state"] == "RUNNING"
    assert shown["steps"] == [
        {"name": "transform", "state": "WAITING", "seconds": 0.0, "sentence": "No node.", "attempts": 0}
    ]


def test_a_run_that_nobody_knows_is_said_to_be_unknown(store, capsys):
    assert main(["runs", "show", "run-3"]) != 0
    assert "run-3" in capsys.readouterr().err
