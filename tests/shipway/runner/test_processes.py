"""What a task's process may do, and what becomes of it."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.runner import CompiledPipeline, Home, RunResult, list_runs, run_pipeline
from shipway.runner.plan import NeedsCluster, NeedsPackages
from shipway.runner.spec import Retry

Run = Callable[..., RunResult]


def said(result: RunResult, task: str) -> object:
    return next(iter(result.task(task).outputs.parameters.values()))


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has fetched does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_failed_try_is_repeated_after_a_pause(run: Run, watcher: Any, tmp_path: Path) -> None:
    result = run("retries", {"counter": str(tmp_path / "n"), "failures": 1}, observer=watcher)
    assert said(result, "flaky") == "try 2"
    assert result.task("flaky").attempts == 2
    assert ("retried", "flaky", 1, "Try 1 was not good enough.", 1.0) in watcher.events
    assert result.seconds >= 1.0


def test_tries_have_an_end(run: Run, tmp_path: Path) -> None:
    result = run("retries_in_vain", {"counter": str(tmp_path / "n")})
    assert (result.task("flaky").state, result.task("flaky").attempts) == ("FAILED", 3)
    assert result.task("flaky").sentence == "Try 3 was not good enough."


def test_pauses_grow_and_end_with_the_window() -> None:
    retry = Retry(count=5, pause=1.0, factor=3.0, window=20.0)
    assert [retry.pause_after(tries, 5.0) for tries in (1, 2, 3, 4)] == [1.0, 3.0, 9.0, None]
    assert Retry().pause_after(1, 0.0) is None


def test_a_log_that_cannot_be_written_costs_no_sentence(
    compiled: Callable[[str], CompiledPipeline], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (full := home.path.parent / "full.log").symlink_to("/dev/full")
    monkeypatch.setattr(Home, "log_file", lambda *_: full)
    result = run_pipeline(compiled("ends_badly"), {}, home=home, until="broken")
    assert result.task("broken").sentence == "One clear sentence."
    result = run_pipeline(compiled("ends_badly"), {}, home=home, until="verbose")
    assert result.task("verbose").sentence.startswith("ValueError: no such thing")


def test_a_task_that_hangs_is_stopped_with_all_its_children(run: Run, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    result = run("times_out", {"pid_file": str(pid_file)})
    assert "after 0.5 s, its timeout" in result.task("endless").sentence
    assert result.seconds < 5
    deadline = time.monotonic() + 3
    while is_alive(int(pid_file.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(pid_file.read_text()))


def test_every_bad_end_has_its_sentence(run: Run, home: Home) -> None:
    result = run("ends_badly")
    assert result.state == "FAILED"
    assert result.task("broken").sentence == "One clear sentence."
    assert "memory ran out" in result.task("killed").sentence
    assert "without a result" in result.task("quits").sentence
    log = home.log_file(result.run_id, "flaky")
    assert re.fullmatch(rf"FileNotFoundError: .* \(trace in {log}\)\.", result.task("flaky").sentence)
    assert "Traceback" in log.read_text()
    assert "Traceback" in home.log_file(result.run_id, "broken").read_text()
    assert result.task("verbose").sentence.startswith("ValueError: no such thing, look again (trace in ")
    assert result.sentence.startswith("Task ")


def test_tasks_run_side_by_side_up_to_the_bound(run: Run, tmp_path: Path) -> None:
    together = run("parallel", {"path": str(tmp_path / "a")}, max_parallel=4)
    one_by_one = run("parallel", {"path": str(tmp_path / "b")}, max_parallel=1)
    assert sorted((tmp_path / "a").read_text().split()) == ["0", "1", "2", "3"]
    assert one_by_one.seconds >= 1.6
    assert together.seconds < 1.5


def test_steps_tell_how_far_they_are_and_where_they_are(run: Run, watcher: Any) -> None:
    result = run("watched", observer=watcher)
    assert said(result, "counted") == "watched/counted"
    assert [event[2] for event in watcher.events if event[0] == "progress"] == [0, 10, 20, 29, 30]
    assert watcher.events[0] == ("run_started", result.run_id, ("counted",))
    assert watcher.events[-1] == ("run_finished", "SUCCEEDED")


def test_what_a_step_prints_is_in_its_log(run: Run, home: Home) -> None:
    result = run("chain", {"text": "printed"})
    assert home.log_file(result.run_id, "read").read_text() == "read got printed\n"


def test_a_command_of_any_image_runs_where_it_exists(run: Run, home: Home) -> None:
    result = run("containers", {"text": "one two"})
    assert said(result, "shell") == 3
    assert said(result, "double") == "6"
    copy = result.task("shell").outputs.artifacts["copy"][0]
    assert Path(copy.uri).read_text() == "<one two> none\n"
    assert Path(result.task("shell-2").outputs.artifacts["copy"][0].uri).read_text() == "<again> -n noted\n"
    assert result.task("only-in-cluster").state == "SKIPPED"
    assert "ended with code 7" in result.task("shell-fails").sentence
    assert "oops" in home.log_file(result.run_id, "shell-fails").read_text()
    assert not list(home.artifacts.rglob(".partial-*"))


def test_what_this_machine_cannot_run_is_refused_before_anything_starts(
    compiled: Callable[[str], CompiledPipeline], home: Home
) -> None:
    with pytest.raises(NeedsCluster, match=r"'only-in-cluster'.*'example.com/tool:1'.*'no-such-program-here'"):
        run_pipeline(compiled("cluster_only"), {}, home=home)
    with pytest.raises(NeedsPackages, match=r"'wants-package' wants no-such-package-at-all==1.0"):
        run_pipeline(compiled("package_wanted"), {}, home=home)
    assert list_runs(home) == []


def test_python_functions_of_kfp_pass_artifacts_with_metadata(run: Run) -> None:
    assert said(run("dataset_functions"), "read-dataset") == "four:4"


def test_a_step_does_not_wait_for_modules_that_only_others_need(run: Run, watcher: Any) -> None:
    result = run("heavy", observer=watcher, max_parallel=3)
    assert said(result, "needs-one") == "flow_heavy_one"
    assert "flow_heavy_two" in str(said(result, "needs-two"))
    ended = watcher.named("finished")
    assert ended.index("needs-two") == 2
    assert result.task("say").seconds < 1.5
    assert result.task("needs-one").seconds < 1.5


def test_a_module_that_crashes_while_it_is_imported_takes_only_its_own_steps_along(run: Run, home: Home) -> None:
    result = run("poisoned")
    assert result.task("needs-poison").sentence.startswith("The process that imports its modules ended with code 9")
    assert result.task("say").state == "SUCCEEDED"


def test_steps_forked_from_one_parent_do_not_draw_the_same_numbers(run: Run) -> None:
    result = run("draws")
    assert said(result, "draw") != said(result, "draw-2")


def test_an_optional_result_that_was_not_found_is_none_for_the_next_step(run: Run) -> None:
    assert said(run("unresolved"), "read") == "nothing"


def test_an_artifact_of_the_wrong_type_names_both_tasks(run: Run, tmp_path: Path) -> None:
    result = run("mistyped", {"uri": str(tmp_path)})
    assert result.task("take-model-2").sentence == (
        "Task 'take-model-2' takes Model for its input 'model', but task 'importer-2' gave it system.Dataset: wire an "
        "artifact of type Model to it."
    )
    assert result.task("take-model").state == "SUCCEEDED"


def test_facts_of_the_run_stand_for_their_placeholders(run: Run) -> None:
    result = run("placeholders", run_id="given-id")
    name, identifier, resource, task, task_id, created = str(said(result, "say")).split(",")[0].split("|")
    assert (name, identifier, resource, task) == ("given-id", "given-id", "given-id", "say")
    assert re.fullmatch(r"[0-9a-f-]{36}", task_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created)


def test_fifty_trivial_steps_take_at_most_a_tenth_of_a_second_each(run: Run) -> None:
    result = run("fifty", max_parallel=os.cpu_count())
    assert result.state == "SUCCEEDED"
    assert len(result.tasks) == 50
    assert result.seconds / 50 < 0.1
