"""Steps that fail on purpose: their evidence stays and is recorded, and nothing ever works with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.cli.run_report import as_json, as_text
from shipway.lineage import LineageQueries, RecordedExecution
from shipway.lineage.spool import deliver_waiting
from shipway.runner import CompiledPipeline, Home, RunResult, read_run, resume_run
from shipway.runner.history import STARTED, History
from shipway.runner.journal import read_journal

Run = Callable[..., RunResult]
SENTENCE = "There are words, 'bad': take them out."
RUNNER = """
import json, sys
from pathlib import Path
from shipway.runner import CompiledPipeline, Home, run_pipeline
record, home, parameters = sys.argv[1:]
compiled = CompiledPipeline.from_record(json.loads(Path(record).read_text()))
run_pipeline(compiled, json.loads(parameters), home=Home(Path(home)), run_id="the-run")
"""


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """The file that the step reads, with a word in it that it refuses."""
    path = tmp_path / "words"
    path.write_text("bad")
    return path


def recorded(home: Home, run_id: str, task: str = "refuse") -> list[RecordedExecution]:
    return [one for one in LineageQueries.open(home.metadata_db).run(run_id) if one.task == task]


def evidence_of(execution: RecordedExecution) -> list[tuple[str, str]]:
    return [(key, one.state) for key, listed in execution.outputs.items() for one in listed]


def kept(home: Home) -> list[str]:
    """Files below the artifacts, by the names of their outputs."""
    return sorted(f"{path.parent.name}/{path.name}" for path in home.artifacts.rglob("*.txt"))


def test_evidence_stays_and_nothing_else(run: Run, home: Home, words: Path) -> None:
    result = run("refused", {"path": str(words)})
    task = result.task("refuse")
    assert (result.state, task.state, task.sentence, task.attempts) == ("FAILED", "FAILED", SENTENCE, 1)
    assert task.outputs.artifacts == {}
    ((evidence,),) = task.evidence.artifacts.values()
    assert (evidence.type_name, Path(evidence.uri, "text.txt").read_text()) == ("Files", "bad")
    assert kept(home) == ["files/text.txt"]
    assert not list(home.artifacts.rglob(".partial-*"))
    (execution,) = recorded(home, result.run_id)
    assert (execution.state, execution.error, evidence_of(execution)) == ("FAILED", SENTENCE, [("files", "ABANDONED")])
    (artifact,) = execution.outputs["files"]
    assert (artifact.uri, artifact.digest) == (evidence.uri, evidence.digest)


def test_a_run_that_was_refused_is_told_as_any_that_failed(run: Run, home: Home, words: Path) -> None:
    result = run("refused", {"path": str(words)})
    told = as_text(result, home)
    assert f"\nrefuse failed: {SENTENCE}\n" in told
    assert told.endswith(f"--resume {result.run_id}")
    assert as_json(result)["steps"][0] == {
        "name": "refuse", "state": "FAILED", "cached": False, "seconds": round(result.task("refuse").seconds, 3),
    }  # fmt: skip
    again = read_run(home, result.run_id)
    assert again.task("refuse") == result.task("refuse")
    assert (again.state, again.sentence) == ("FAILED", f"Task 'refuse' failed: {SENTENCE}")


def test_no_task_is_given_evidence(run: Run, words: Path) -> None:
    result = run("refused", {"path": str(words)})
    assert result.task("read").state == "SKIPPED"
    assert result.task("read-2").outputs.parameters == {"said": "nothing"}


def test_a_resumed_run_looks_again(run: Run, home: Home, words: Path) -> None:
    failed = run("refused", {"path": str(words)})
    still = resume_run(failed.run_id, home=home)
    assert (still.state, still.task("refuse").sentence) == ("FAILED", SENTENCE)
    words.write_text("")
    mended = resume_run(failed.run_id, home=home)
    assert mended.state == "SUCCEEDED"
    assert mended.task("read").outputs.parameters == {"said": ""}
    executions = recorded(home, failed.run_id)
    assert [(one.state, evidence_of(one)) for one in executions] == [
        ("FAILED", [("files", "ABANDONED")]),
        ("FAILED", [("files", "ABANDONED")]),
        ("COMPLETE", [("files", "LIVE"), ("half", "LIVE")]),
    ]
    uris = [one.outputs["files"][0].uri for one in executions]
    assert [Path(uri, "text.txt").read_text() for uri in uris] == ["bad", "bad", ""]


def test_the_cache_never_answers_with_it(run: Run, home: Home, words: Path) -> None:
    for _ in range(2):
        result = run("refused", {"path": str(words)})
        assert (result.state, result.task("refuse").cached) == ("FAILED", False)
    assert not [entry for entry in home.cache.rglob("*.json") if "refuse" in entry.read_text()]
    assert LineageQueries.open(home.metadata_db).latest_artifact("Files") is None


def test_every_attempt_leaves_its_own(run: Run, home: Home, words: Path, tmp_path: Path, watcher: Any) -> None:
    result = run("refused_again", {"path": str(words), "started": str(tmp_path / "n")}, observer=watcher)
    assert result.task("refuse").attempts == 2
    assert ("retried", "refuse", 1, SENTENCE, 0.0) in watcher.events
    executions = recorded(home, result.run_id)
    assert [evidence_of(one) for one in executions] == [[("files", "ABANDONED")]] * 2
    assert len({one.outputs["files"][0].uri for one in executions}) == 2
    assert kept(home) == ["files/text.txt"] * 2


def test_a_kill_in_a_later_attempt_takes_nothing_from_an_earlier_one(
    compiled: Callable[[str], CompiledPipeline], home: Home, words: Path, tmp_path: Path
) -> None:
    record, started = tmp_path / "record.json", tmp_path / "n"
    record.write_text(json.dumps(compiled("refused_again").record))
    parameters = {"path": str(words), "started": str(started), "hang_at": 2}
    command = [sys.executable, "-c", RUNNER, str(record), str(home.path), json.dumps(parameters)]
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 20
    while not (started.exists() and started.read_text() == "xx"):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    words.write_text("")
    assert resume_run("the-run", home=home).state == "SUCCEEDED"
    assert [(one.state, evidence_of(one)) for one in recorded(home, "the-run")] == [
        ("FAILED", [("files", "ABANDONED")]),
        ("FAILED", []),
        ("COMPLETE", [("files", "LIVE"), ("half", "LIVE")]),
    ]
    assert kept(home) == ["files/text.txt", "files/text.txt", "half/first.txt"]
    assert not list(home.artifacts.rglob(".partial-*"))


def test_evidence_that_no_record_tells_of_goes_with_its_attempt(run: Run, home: Home, words: Path) -> None:
    """As after a kill between the step's end and the runner's record of it."""
    failed = run("refused", {"path": str(words)})
    journal = home.runs / failed.run_id / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"task_started"' in line or '"run_' in line]
    journal.write_text("\n".join(lines[:2]) + "\n")
    (started,) = (event for event in read_journal(journal) if event["event"] == STARTED)
    assert [one["folder"] for one in History.of([started]).unfinished["refuse"]] == [started["folder"]]
    resume_run(failed.run_id, home=home)
    assert not Path(started["folder"]).exists()
    assert kept(home) == ["files/text.txt"]


def test_it_waits_in_the_spool_while_the_service_is_away(run: Run, home: Home, words: Path, service: Any) -> None:
    address = service.address(spool=home.spool, patience_seconds=0.2)
    service.stop()
    result = run("refused", {"path": str(words)}, metadata=address)
    assert result.task("refuse").sentence == SENTENCE
    service.start()
    deliver_waiting(address)
    queries = LineageQueries.open(address)
    execution = next(one for one in queries.run(result.run_id) if one.task == "refuse")
    queries.close()
    assert (execution.state, evidence_of(execution)) == ("FAILED", [("files", "ABANDONED")])
