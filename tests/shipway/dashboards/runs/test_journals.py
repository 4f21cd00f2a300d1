"""What a run's folder tells: states, attempts and lives; and what is left when files are damaged."""

from __future__ import annotations

import fcntl
import json

import pytest

from shipway.dashboards.pages.runs.run_view import run_page
from shipway.dashboards.rendering import iso
from shipway.dashboards.runs.journals import read_home_run
from shipway.dashboards.runs.listing import Listings


def states(run):
    return {task.name: task.state for task in run.tasks}


def test_a_run_that_ended(workshop, event):
    artifact = event.artifact("Model", "/models/1")
    outputs = {"parameters": {"rows": 3}, "artifacts": {"model": [artifact]}}
    workshop.run(
        "r1",
        [
            event.run_started,
            event.ended("data", cached=True, seconds=0.0),
            event.started("train"),
            event.ended("train", outputs=outputs, seconds=2.0),
            event.ended("push", "SKIPPED", kind="task_noted", sentence="its condition is false"),
            event.run_finished("SUCCEEDED"),
        ],
        parameters={"spans": "1-9", "url": "postgresql://me:secret@host/db"},
    )
    run = read_home_run(workshop.home, "r1")
    assert run.state == "SUCCEEDED"
    assert run.seconds == 5.0
    assert states(run) == {"data": "CACHED", "train": "SUCCEEDED", "push": "SKIPPED"}
    trained = run.task("train")
    assert trained.ended_ms - trained.began_ms == 1000
    assert [(one.key, one.type_name, one.uri, one.id) for one in trained.outputs] == [
        ("model", "Model", "/models/1", None)
    ]
    assert trained.output_parameters == {"rows": 3}
    assert run.parameters == {"spans": "1-9", "url": "postgresql://me:***@host/db"}
    assert run.problems == []


def test_a_task_that_failed_lists_its_evidence(workshop, event):
    evidence = {"parameters": {}, "artifacts": {"anomalies": [event.artifact("ExampleAnomalies", "/anomalies/1")]}}
    ended = event.ended("validate", "FAILED", sentence="The data is odd.", evidence=evidence)
    workshop.run("r1", [event.run_started, event.started("validate"), ended, event.run_finished("FAILED")])
    validated = read_home_run(workshop.home, "r1").task("validate")
    assert (validated.state, validated.sentence) == ("FAILED", "The data is odd.")
    assert [(one.key, one.uri) for one in validated.outputs] == [("anomalies", "/anomalies/1")]


def test_a_run_whose_process_died_is_interrupted_and_one_that_is_locked_is_running(workshop, event):
    folder = workshop.run("r1", [event.run_started, event.started("train")])
    dead = read_home_run(workshop.home, "r1")
    assert (dead.state, states(dead)) == ("INTERRUPTED", {"train": "INTERRUPTED"})
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        alive = read_home_run(workshop.home, "r1")
    assert (alive.state, states(alive)) == ("RUNNING", {"train": "RUNNING"})


def test_attempts_of_a_task_that_was_tried_again(workshop, event):
    workshop.run(
        "r1",
        [
            event.run_started,
            event.started("train", 1, 11),
            event.started("train", 2, 12),
            event.ended("train", "FAILED", sentence="no memory"),
            event.run_finished("FAILED"),
        ],
    )
    (first, second) = read_home_run(workshop.home, "r1").task("train").attempts
    assert (first.number, first.state, first.execution_id) == (1, "FAILED", 11)
    assert first.ended_ms == second.began_ms
    assert (second.number, second.state, second.sentence) == (2, "FAILED", "no memory")


def test_a_resumed_run_counts_its_lives_and_shows_what_waits(workshop, event):
    folder = workshop.run(
        "r1",
        [
            event.run_started,
            event.started("data"),
            event.ended("data"),
            event.started("train"),
            event.ended("train", "FAILED", sentence="no memory"),
            event.ended("push", "SKIPPED", kind="task_noted"),
            event.run_finished("FAILED"),
        ],
    )
    workshop.at += 1000
    workshop.write("r1", [event.run_started])
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = read_home_run(workshop.home, "r1")
    assert run.state == "RUNNING"
    assert states(run) == {"data": "SUCCEEDED", "train": "WAITING", "push": "WAITING"}
    assert run.task("data").restored
    assert run.seconds == 6.0
    assert run.life_began_ms - run.started_ms > 1_000_000


def test_damaged_lines_are_counted_and_the_rest_is_read(workshop, event):
    folder = workshop.run("r1", [event.run_started, event.ended("train"), event.run_finished("SUCCEEDED")])
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"no": "event"}\n{"event": "task_started", "at": "noon"}\n[1]\n\xff\xfe\n{"torn')
        journal.write(b'\n{"event": "task_finished", "at": 1, "task": {"a": 1}, "state": "FAILED"}\n')
    run = read_home_run(workshop.home, "r1")
    assert run.state == "SUCCEEDED"
    assert states(run) == {"train": "SUCCEEDED"}
    assert "3 lines of the journal" in run.problems[0]


@pytest.mark.parametrize("damage", ["", "{", "[]", "null"])
def test_a_request_that_cannot_be_read(workshop, event, damage):
    folder = workshop.run("r1", [event.run_started, event.run_finished("FAILED")])
    (folder / "request.json").write_text(damage)
    run = read_home_run(workshop.home, "r1")
    assert (run.pipeline, run.state) == ("", "FAILED")
    assert "request.json" in run.problems[0]


def test_a_run_without_a_journal(workshop):
    folder = workshop.run("r1")
    (folder / "journal.jsonl").unlink()
    run = read_home_run(workshop.home, "r1")
    assert run.state == "INTERRUPTED"
    assert "missing or empty" in run.problems[0]


def test_a_journal_that_may_not_be_read(workshop, event):
    folder = workshop.run("r1", [event.run_started])
    (folder / "journal.jsonl").unlink()
    (folder / "journal.jsonl").mkdir()
    assert "cannot be read" in read_home_run(workshop.home, "r1").problems[0]


@pytest.mark.parametrize("run_id", ["", ".", "..", "../home", "r1/..", ".hidden", "no\0thing", "absent"])
def test_what_is_no_run(workshop, event, run_id):
    workshop.run("r1", [event.run_started])
    (workshop.home.runs / ".hidden").mkdir()
    assert read_home_run(workshop.home, run_id) is None


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-1", "1e300", "9" * 400, '"noon"', "null", "[]"])
def test_times_that_no_clock_shows(workshop, event, odd):
    folder = workshop.run("r1", [event.run_started, event.started("train"), event.ended("train")])
    (folder / "request.json").write_text('{"pipeline": "taxi", "started": ' + odd + "}")
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps(event.ended("train", seconds="ODD", at=workshop.at)).replace('"ODD"', odd) + "\n")
        journal.write(json.dumps(event.ended("train", at="ODD")).replace('"ODD"', odd) + "\n")
    page = run_page(workshop.home, workshop.queries, "r1", now_ms=0.0)
    assert page.run.started_ms == 0.0
    assert page.run.task("train").seconds == 0.0
    assert "1 line of the journal" in page.problems[0]
    (listed,) = Listings(workshop.home, workshop.queries).now().runs
    assert iso(listed.started_ms).endswith("Z")
    assert len(page.bars.bars) == 1


def test_text_that_no_page_can_be_encoded_with(workshop, event):
    lone = "a\ud800b"
    workshop.run(
        "r1",
        [event.run_started, event.ended(lone, "FAILED", sentence=lone), event.run_finished("FAILED")],
        pipeline=lone,
        parameters={lone: lone},
    )
    run = read_home_run(workshop.home, "r1")
    assert (run.pipeline, run.tasks[0].name, run.tasks[0].sentence) == ("a?b", "a?b", "a?b")
    assert run.parameters == {"a?b": "a?b"}
