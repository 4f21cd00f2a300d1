"""Every construct of KFP's DSL, compiled by KFP's compiler and run by the runner in real processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shipway.runner import RunResult

Run = Callable[..., RunResult]


def said(result: RunResult, task: str) -> object:
    values = list(result.task(task).outputs.parameters.values())
    return values[0] if len(values) == 1 else values


def states(result: RunResult) -> dict[str, str]:
    return {task.name: task.state for task in result.tasks}


def test_an_artifact_and_a_default_reach_the_next_step(run: Run) -> None:
    assert said(run("chain"), "read") == "got hello"


def test_parameters_keep_their_types_and_fill_texts(run: Run) -> None:
    result = run("parameters", {"text": "t", "flag": "true", "number": "7"})
    assert said(result, "say") == "t,7,1.5,True,['a'],{'k': 1}"
    assert said(result, "say-2") == "t/7/1.5/true,0,0.0,False,['t', '7'],{'in': 't'}"
    assert said(result, "greet") == "hello t!"


@pytest.mark.parametrize(("word", "taken"), [("heads", "heads"), ("tails", "tails"), ("edge", "neither")])
def test_one_branch_is_taken_and_one_of_its_outputs_goes_on(run: Run, word: str, taken: str) -> None:
    result = run("branches", {"word": word})
    assert result.state == "SUCCEEDED"
    assert said(result, "read") == f"was {taken}"
    assert said(result, "say") == f"was {taken},0,0.0,False,[],{{}}"
    assert sorted(states(result)[name] for name in ("write", "write-2", "write-3")) == [
        "SKIPPED",
        "SKIPPED",
        "SUCCEEDED",
    ]
    assert said(result, "say-2") == "6,0,0.0,False,[],{}"


def test_loops_over_literals_outputs_and_parameters(run: Run) -> None:
    result = run("loops")
    assert result.state == "SUCCEEDED"
    assert said(result, "read-all") == "1|2|6|6"
    assert [said(result, f"say.{index}") for index in (0, 1)] == ["x,0,0.0,False,[],{}", "y,0,0.0,False,[],{}"]
    assert [said(result, f"say-2.{index}.0") for index in (0, 1)] == ["p-z,1,0.0,False,[],{}", "q-z,1,0.0,False,[],{}"]


def test_a_loop_over_artifacts(run: Run) -> None:
    result = run("artifact_loop")
    assert [said(result, f"read-dataset.{index}") for index in (0, 1)] == ["x:1", "yy:2"]


def test_nested_pipelines_also_in_a_loop_and_with_defaults(run: Run) -> None:
    result = run("nested")
    assert said(result, "inner.greet-2") == "hello hello outer and outer!"
    assert said(result, "inner-2.0.greet-2") == "hello hello l and l!"
    assert said(result, "inner-3.greet-2") == "hello hello inner and inner!"
    assert str(said(result, "say")).startswith("hello hello outer and outer!")


def test_exit_tasks_run_whatever_happened_and_are_told(run: Run, tmp_path: Path) -> None:
    told = tmp_path / "told"
    result = run("exits", {"path": str(told)})
    assert result.state == "FAILED"
    lines = sorted(told.read_text().splitlines())
    assert lines == [
        "FAILED broken-2 Again.",
        "FAILED exit-handler-1 The data is no good: fix it.",
        "independent",
    ]
    assert states(result)["greet"] == "SKIPPED"
    assert "broken-2" in result.task("greet").sentence


def test_an_exit_task_is_told_of_success(run: Run, tmp_path: Path) -> None:
    told = tmp_path / "told"
    run("exits", {"path": str(told), "fails": "false"}, until="report")
    assert "SUCCEEDED exit-handler-1 None" in told.read_text()
