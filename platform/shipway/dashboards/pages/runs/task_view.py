"""`/runs/{run}/tasks/{task}` and its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.faults import NotFound
from shipway.dashboards.runs.flows import NO_FLOW, flow_of_run, step_name
from shipway.dashboards.runs.graphs import all_tasks
from shipway.dashboards.runs.log_files import LogPart, find_log, part_after, part_before
from shipway.dashboards.runs.reading import Queries, read_run
from shipway.dashboards.runs.records import RUNNING, ArtifactRef, Run, Task
from shipway.dashboards.runs.texts import shown
from shipway.runner.home import Home

ARTIFACTS_SHOWN = 200
TAIL_BYTES = 8000


class NoSuchTask(NotFound):
    """A task that the run does not have."""

    def __init__(self, run_id: str, task: str) -> None:
        super().__init__(f"Run {run_id[:300]!r} has no task {task[:300]!r}: its page lists those that it has.")


@dataclass(frozen=True)
class TaskPage:
    """One task. `conditions` stand around it; `tail` is the end of its log, None where it has none."""

    run: Run
    task: Task
    conditions: Sequence[str]
    loops: Sequence[str]
    parameters: Sequence[tuple[str, str]]
    output_parameters: Sequence[tuple[str, str]]
    inputs: Sequence[ArtifactRef]
    outputs: Sequence[ArtifactRef]
    tail: LogPart | None
    problems: Sequence[str]


@dataclass(frozen=True)
class LogPage:
    """A part of a task's log. `part` is None where there is none; `earlier` and `later` are places, None for none."""

    run: Run
    task: str
    part: LogPart | None
    earlier: int | None
    later: int | None
    following: bool
    problem: str


def task_page(home: Home, queries: Queries, run_id: str, name: str) -> TaskPage:
    """The page of a task. Raises `NoSuchRun`, `NoSuchTask` and what `read_run` raises."""
    run = read_run(home, queries, run_id)
    flow, _ = flow_of_run(home.runs / run_id) if run.in_home else (NO_FLOW, "")
    task = next((one for one in all_tasks(run, flow) if one.name == name), None)
    if task is None:
        raise NoSuchTask(run_id, name)
    step = next((one for one in flow.steps if one.name == step_name(name)), None)
    tail, problem = _tail(home, run_id, name)
    return TaskPage(
        run=run,
        task=task,
        conditions=step.conditions if step else (),
        loops=step.loops if step else (),
        parameters=[(key, shown(value)) for key, value in task.parameters.items()],
        output_parameters=[(key, shown(value)) for key, value in task.output_parameters.items()],
        inputs=task.inputs[:ARTIFACTS_SHOWN],
        outputs=task.outputs[:ARTIFACTS_SHOWN],
        tail=tail,
        problems=[*run.problems, *([problem] if problem else [])],
    )


def _tail(home: Home, run_id: str, name: str) -> tuple[LogPart | None, str]:
    path = find_log(home, run_id, name)
    try:
        return (part_before(path, length=TAIL_BYTES) if path else None), ""
    except OSError as error:
        return None, f"The log {str(path)!r} cannot be read: {error.strerror}."


def log_page(home: Home, queries: Queries, run_id: str, name: str, end: int | None = None) -> LogPage:
    """The part of a log that ends at `end`, the last one by default. Raises as `task_page` does."""
    run = read_run(home, queries, run_id)
    path = find_log(home, run_id, name)
    if path is None:
        task_page(home, queries, run_id, name)
        return LogPage(run, name, None, None, None, is_running(run, name), "")
    try:
        part = part_before(path, end)
        later = None if part.is_last else part_after(path, part.end).end
    except OSError as error:
        return LogPage(run, name, None, None, None, False, f"The log {str(path)!r} cannot be read: {error.strerror}.")
    following = part.is_last and is_running(run, name)
    return LogPage(run, name, part, part.begin or None, later, following, "")


def log_after(home: Home, queries: Queries, run_id: str, name: str, begin: int) -> LogPage:
    """What was added to a log after the place `begin`, as much as one part holds."""
    run = read_run(home, queries, run_id)
    path = find_log(home, run_id, name)
    if path is None:
        return LogPage(run, name, LogPart(begin, begin, begin, ""), None, None, is_running(run, name), "")
    try:
        part = part_after(path, begin)
    except OSError as error:
        return LogPage(run, name, None, None, None, False, f"The log {str(path)!r} cannot be read: {error.strerror}.")
    return LogPage(run, name, part, None, None, not part.is_last or is_running(run, name), "")


def is_running(run: Run, name: str) -> bool:
    task = run.task(name)
    return run.active and (task is None or task.state == RUNNING)
