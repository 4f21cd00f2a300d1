"""Runs that were killed, stopped or that failed, and what they become."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import LineageQueries
from shipway.runner import CompiledPipeline, Home, RunResult, list_runs, read_run, resume_run
from shipway.runner.history import History
from shipway.runner.run import LostFolder
from shipway.runner.run_store import DamagedRun, RunIsActive, UnknownRun

Run = Callable[..., RunResult]
RUNNER = """
import json, sys
from pathlib import Path
from shipway.runner import CompiledPipeline, Home, run_pipeline
record, home, parameters = sys.argv[1:]
compiled = CompiledPipeline.from_record(json.loads(Path(record).read_text()))
result = run_pipeline(compiled, json.loads(parameters), home=Home(Path(home)), run_id="the-run")
print(result.state)
"""


class Elsewhere:
    """A run in another process, which may be killed."""

    def __init__(self, compiled: CompiledPipeline, home: Home, parameters: dict[str, Any], folder: Path) -> None:
        record = folder / "record.json"
        record.write_text(json.dumps(compiled.record))
        command = [sys.executable, "-c", RUNNER, str(record), str(home.path), json.dumps(parameters)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def wait_for(self, file: Path, seconds: float = 20.0) -> str:
        deadline = time.monotonic() + seconds
        while not (file.exists() and file.read_text()):
            assert time.monotonic() < deadline, "the run did not come that far"
            assert self.process.poll() is None, "the run ended early"
            time.sleep(0.02)
        return file.read_text()

    def end(self, number: signal.Signals) -> str:
        """Signal the runner and wait for its end; what it printed."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=10)[0]


def descendants(pid: int) -> list[int]:
    """All processes below `pid`."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def gone(pids: list[int], seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = [Path(f"/proc/{pid}/stat") for pid in pids]
        if not any(s.exists() and s.read_text().rpartition(")")[2].split()[0] != "Z" for s in states):
            return True
        time.sleep(0.05)
    return False


def whole_artifacts(home: Home) -> list[Path]:
    return [path for path in home.artifacts.rglob("files") if path.is_dir() and ".partial" not in str(path)]


@pytest.fixture
def cut_off(compiled: Callable[[str], CompiledPipeline], home: Home, tmp_path: Path) -> Callable[[float], Elsewhere]:
    """A run that has finished its first task and is in the middle of its second."""

    def start(seconds: float) -> Elsewhere:
        parameters = {"path": str(tmp_path / "notes"), "started": str(tmp_path / "started"), "seconds": seconds}
        elsewhere = Elsewhere(compiled("resumable"), home, parameters, tmp_path)
        elsewhere.wait_for(tmp_path / "started")
        return elsewhere

    return start


@pytest.mark.parametrize("whole_tree", [True, False], ids=["kill the tree", "kill the runner"])
def test_after_kill_9_nothing_finished_is_lost_and_nothing_half_looks_whole(
    cut_off: Callable[[float], Elsewhere], home: Home, tmp_path: Path, whole_tree: bool
) -> None:
    elsewhere = cut_off(1.5)
    below = descendants(elsewhere.process.pid)
    assert len(below) >= 2
    if whole_tree:
        elsewhere.process.send_signal(signal.SIGSTOP)  # all at one blow: it must not begin to tidy up
        for pid in reversed(below):
            os.kill(pid, signal.SIGKILL)
    elsewhere.end(signal.SIGKILL)
    assert gone(below)
    assert whole_artifacts(home) == []
    assert read_run(home, "the-run").state == "INTERRUPTED"
    assert (tmp_path / "notes").read_text() == "first\n"

    result = resume_run("the-run", home=home)
    assert (result.run_id, result.state) == ("the-run", "SUCCEEDED")
    assert (tmp_path / "notes").read_text() == "first\nthird\n"
    assert result.task("note").restored
    assert len(whole_artifacts(home)) == 1
    assert not list(home.artifacts.rglob(".partial-*"))
    recorded = [(one.task, one.state) for one in LineageQueries.open(home.metadata_db).run("the-run")]
    assert recorded == [
        ("note", "COMPLETE"),
        ("slow-write", "FAILED"),
        ("slow-write", "COMPLETE"),
        ("note-2", "COMPLETE"),
    ]
    assert read_run(home, "the-run").state == "SUCCEEDED"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_children_and_records_the_run_as_cancelled(
    cut_off: Callable[[float], Elsewhere], home: Home, tmp_path: Path, number: signal.Signals
) -> None:
    elsewhere = cut_off(30.0)
    below = descendants(elsewhere.process.pid)
    began = time.monotonic()
    assert elsewhere.end(number) == "CANCELLED\n"
    assert time.monotonic() - began < 4
    assert gone(below)
    assert not list(home.artifacts.rglob(".partial-*"))
    told = read_run(home, "the-run")
    assert (told.state, told.task("slow-write").state, told.task("note-2").state) == ("CANCELLED",) * 3
    recorded = {one.task: one.state for one in LineageQueries.open(home.metadata_db).run("the-run")}
    assert recorded == {"note": "COMPLETE", "slow-write": "CANCELED"}


def test_two_processes_cannot_work_on_one_run(cut_off: Callable[[float], Elsewhere], home: Home) -> None:
    elsewhere = cut_off(30.0)
    with pytest.raises(RunIsActive, match="'the-run' is being worked on by another process"):
        resume_run("the-run", home=home)
    assert read_run(home, "the-run").state == "RUNNING"
    elsewhere.end(signal.SIGTERM)


def test_a_failed_run_goes_on_after_its_code_was_mended(run: Run, home: Home, tmp_path: Path) -> None:
    notes, module = tmp_path / "notes", tmp_path / "module_to_mend.py"
    module.write_text("WORD = no_such_name\n")
    failed = run("fixable", {"path": str(notes), "module_file": str(module)}, use_cache=False)
    assert failed.state == "FAILED"
    assert "no_such_name" in failed.task("uses-module").sentence
    module.write_text("WORD = 'mended'\n")
    result = resume_run(failed.run_id, home=home, use_cache=False)
    assert result.state == "SUCCEEDED"
    assert result.task("uses-module").outputs.parameters == {"said": "mended"}
    assert notes.read_text() == "first\nthird\n"
    again = resume_run(failed.run_id, home=home, use_cache=False)
    assert all(task.restored for task in again.tasks)
    assert notes.read_text() == "first\nthird\n"


def test_an_exit_task_runs_again_when_what_it_waits_for_does(run: Run, home: Home, tmp_path: Path) -> None:
    told = tmp_path / "told"
    failed = run("exits", {"path": str(told)})
    resumed = resume_run(failed.run_id, home=home)
    assert resumed.state == "FAILED"
    assert told.read_text().splitlines().count("FAILED exit-handler-1 The data is no good: fix it.") == 2
    assert told.read_text().splitlines().count("independent") == 1


def test_until_runs_what_a_step_needs_and_a_resume_goes_on_to_the_end(run: Run, home: Home) -> None:
    part = run("chain", until="write")
    assert [task.name for task in part.tasks] == ["write"]
    whole = resume_run(part.run_id, home=home)
    assert [(task.name, task.restored) for task in whole.tasks] == [("write", True), ("read", False)]


def test_an_attempt_that_had_written_everything_counts_as_finished(run: Run, home: Home) -> None:
    done = run("chain")
    journal = home.runs / done.run_id / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"task_finished"' not in line]
    journal.write_text("\n".join(lines) + '\n{"event": "task_fin')
    files = done.task("write").outputs.artifacts["files"]
    resumed = resume_run(done.run_id, home=home, use_cache=False)
    assert resumed.task("write").restored
    assert resumed.task("write").outputs.artifacts["files"] == files
    recorded = [one.state for one in LineageQueries.open(home.metadata_db).run(done.run_id)]
    assert recorded == ["COMPLETE", "COMPLETE"]


def test_a_run_of_an_older_release_is_described_anew(run: Run, home: Home) -> None:
    part = run("chain", until="write")
    spec = home.runs / part.run_id / "spec.json"
    record = json.loads(spec.read_text())
    spec.write_text(json.dumps({**record, "steps": {}, "types": [], "made_with": {"shipway": "0.0.1"}}))
    assert resume_run(part.run_id, home=home).state == "SUCCEEDED"


def test_a_task_that_started_again_is_not_finished() -> None:
    events = [
        {"event": "task_finished", "task": "a", "state": "SUCCEEDED"},
        {"event": "task_finished", "task": "b", "state": "FAILED"},
        {"event": "task_started", "task": "a", "folder": "/x", "final_folder": "/x"},
    ]
    assert History.of(events).finished == {}


def test_runs_are_listed_newest_first_and_unknown_ones_refused(run: Run, home: Home) -> None:
    ids = [run("chain").run_id for _ in range(2)]
    assert [listed.run_id for listed in list_runs(home)] == ids[::-1]
    with pytest.raises(UnknownRun, match=f"There is no run 'nope' in .*: the latest is '{ids[1]}'"):
        read_run(home, "nope")


def test_one_damaged_run_does_not_hide_the_others(run: Run, home: Home) -> None:
    kept, damaged = run("chain").run_id, run("chain").run_id
    (home.runs / damaged / "request.json").write_text("{")
    (home.runs / "empty").mkdir()
    assert {one.run_id: one.state for one in list_runs(home)} == {
        kept: "SUCCEEDED", damaged: "DAMAGED", "empty": "DAMAGED",
    }  # fmt: skip
    with pytest.raises(DamagedRun, match=r"Run '.*' cannot be read, '.*request\.json' is missing or damaged"):
        read_run(home, damaged)
    with pytest.raises(UnknownRun):
        read_run(home, f"../runs/{kept}")


def test_a_run_whose_folder_is_gone_does_not_look_for_its_data_elsewhere(
    run: Run, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    run_id = run("chain").run_id
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project").rmdir()
    with pytest.raises(LostFolder, match=rf"Run '{run_id}' was started in '.*/project', where its relative paths"):
        resume_run(run_id, home=home)
