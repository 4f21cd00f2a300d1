"""A run's graph: a box for every step, loops taken apart or folded, steps that have not begun too."""

from __future__ import annotations

import pytest

from shipway.dashboards.runs.flows import Flow, Step
from shipway.dashboards.runs.graphs import DRAWN_AT_MOST, all_tasks, run_graph, state_of
from shipway.dashboards.runs.records import Run, Task

LOOPED = Flow(
    (Step("data"), Step("train", loops=("l",)), Step("judge", ("x > 1",), ("l",)), Step("best")),
    {("data", "train"): ("rows",), ("train", "judge"): ("model",), ("judge", "best"): ()},
)


def run_of(*tasks: Task, state: str = "SUCCEEDED") -> Run:
    return Run("r1", "taxi", state, tasks=tasks)


def looped(count: int, last: str = "SUCCEEDED") -> Run:
    tasks = [Task("data", "SUCCEEDED")]
    for number in range(count):
        tasks += [Task(f"train.{number}", "SUCCEEDED"), Task(f"judge.{number}", "SUCCEEDED")]
    return run_of(*tasks[:-1], Task(f"judge.{count - 1}", last), Task("best", "SUCCEEDED"))


@pytest.mark.parametrize(("state", "waits"), [("RUNNING", "WAITING"), ("FAILED", "SKIPPED")])
def test_steps_that_have_not_begun(state, waits):
    tasks = all_tasks(run_of(Task("data", "SUCCEEDED"), state=state), LOOPED)
    assert [(task.name, task.state) for task in tasks] == [
        ("data", "SUCCEEDED"), ("train", waits), ("judge", waits), ("best", waits),
    ]  # fmt: skip


def test_tasks_come_in_the_order_of_the_flow_and_strangers_last():
    run = run_of(
        Task("stranger", "SUCCEEDED"), Task("best", "FAILED"), Task("train.1", "FAILED"), Task("train.0", "FAILED")
    )
    names = [task.name for task in all_tasks(run, LOOPED)]
    assert names == ["data", "train.1", "train.0", "judge", "best", "stranger"]


def test_iterations_are_tied_to_their_own_kind():
    run = looped(3)
    graph = run_graph(run, LOOPED, all_tasks(run, LOOPED))
    pairs = {(edge.source, edge.target) for edge in graph.edges}
    assert {pair for pair in pairs if pair[0].startswith("train")} == {(f"train.{n}", f"judge.{n}") for n in range(3)}
    assert {pair for pair in pairs if pair[0] == "data"} == {("data", f"train.{n}") for n in range(3)}
    assert not graph.folded
    assert graph.may_fold


def test_many_iterations_share_a_box():
    run = looped(100, last="FAILED")
    graph = run_graph(run, LOOPED, all_tasks(run, LOOPED))
    assert graph.folded
    boxes = {box.id: box for box in graph.boxes}
    assert set(boxes) == {"data", "train", "judge", "best"}
    assert boxes["judge"].state == "FAILED"
    assert boxes["judge"].task == "judge.99"
    assert boxes["judge"].note == "99 succeeded, 1 failed"
    assert "if x > 1" in boxes["judge"].title
    assert {(edge.source, edge.target) for edge in graph.edges} == set(LOOPED.edges)
    assert len(run_graph(run, LOOPED, all_tasks(run, LOOPED), fold=False).boxes) == 202


def test_there_is_an_end_to_how_many_boxes_are_drawn():
    tasks = [Task(f"step-{number}", "SUCCEEDED") for number in range(DRAWN_AT_MOST + 7)]
    graph = run_graph(run_of(*tasks), Flow((), {}), tasks)
    assert len(graph.boxes) == DRAWN_AT_MOST
    assert graph.left_out == 7


def test_names_of_any_length_have_boxes_of_a_width():
    hostile = ["x" * 10_000, "<b>&\"'", "\u202e\u05e9\u05dc"]
    tasks = [Task(name, "SUCCEEDED", 1.5) for name in hostile]
    graph = run_graph(run_of(*tasks), Flow((), {}), tasks)
    assert all(box.place.width < 300 for box in graph.boxes)
    assert [box.task for box in graph.boxes] == hostile
    assert all(len(box.title) < 2000 for box in graph.boxes)


@pytest.mark.parametrize(
    ("states", "telling"),
    [
        (["SUCCEEDED", "FAILED"], "FAILED"),
        (["SUCCEEDED", "CACHED"], "SUCCEEDED"),
        (["SKIPPED"], "SKIPPED"),
        (["ODD"], "ODD"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value,
)
def test_the_state_that_tells(states, telling):
    assert state_of([Task("x", state) for state in states]) == telling
