"""Runs as lineage tells them, and its part in a run of this machine: ids, inputs, parameters, earlier attempts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shipway.dashboards.runs.records import (
    CACHED,
    CANCELLED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    WAITING,
    ArtifactRef,
    Attempt,
    Run,
    Task,
)
from shipway.lineage import RecordedArtifact, RecordedExecution
from shipway.lineage.live_runs import ToldOfRun, Waiting

STATES_OF = {"COMPLETE": SUCCEEDED, "CACHED": CACHED, "FAILED": FAILED, "CANCELED": CANCELLED, "RUNNING": RUNNING}
STATES_OF_RUNS = {"SUCCEEDED": SUCCEEDED, "FAILED": FAILED, "CANCELED": CANCELLED}
WORST_FIRST = (RUNNING, FAILED, CANCELLED)
NOTHING_TOLD = ToldOfRun()


def recorded_run(run_id: str, executions: Sequence[RecordedExecution], told: ToldOfRun = NOTHING_TOLD) -> Run | None:
    """The run as lineage alone tells it, None where lineage does not know it.

    How it stands is what its runner, or who watches it in its cluster, has said of it. Where nobody said anything it
    counts as ended while none of its executions is running, as well as the last attempts of its tasks ended.
    """
    if not (executions or told.live or told.ends):
        return None
    tasks = list(_with_waiting(tasks_of(executions), told.live.waiting if told.live else ()).values())
    began = min([one.started_ms for one in executions] + _beginnings(told))
    ended = max([one.updated_ms for one in executions] + [at_ms for _, at_ms in told.ends], default=began)
    return Run(
        run_id=run_id,
        pipeline=next((one.pipeline for one in executions if one.pipeline), told.pipeline),
        state=_state(tasks, executions, told),
        started_ms=began,
        seconds=max(0, (time.time() * 1000 if told.live else ended) - began) / 1000,
        life_began_ms=began,
        tasks=tasks,
        in_home=False,
    )


def _beginnings(told: ToldOfRun) -> list[int]:
    return [told.live.began_ms] if told.live else [at_ms for _, at_ms in told.ends[:1]]


def _state(tasks: Sequence[Task], executions: Sequence[RecordedExecution], told: ToldOfRun) -> str:
    if told.live:
        return RUNNING
    last_began = max((one.started_ms for one in executions), default=0)
    if told.ends and told.ends[-1][1] >= last_began:
        return STATES_OF_RUNS.get(told.ends[-1][0], FAILED)
    states = {task.state for task in tasks}
    return next((state for state in WORST_FIRST if state in states), SUCCEEDED)


def _with_waiting(tasks: dict[str, Task], waiting: Sequence[Waiting]) -> dict[str, Task]:
    """The tasks with those that cannot begin, or begin again, and why."""
    for one in waiting:
        known = tasks.get(one.task) or Task(one.task, WAITING)
        said = f"{known.sentence} {one.sentence}" if known.state == WAITING and known.sentence else one.sentence
        tasks[one.task] = replace(known, state=WAITING, sentence=said)
    return tasks


def tasks_of(executions: Iterable[RecordedExecution]) -> dict[str, Task]:
    """Tasks by name, in the order in which they began; of several attempts the last one counts."""
    attempts: dict[str, list[RecordedExecution]] = {}
    for one in executions:
        attempts.setdefault(one.task, []).append(one)
    return {name: _task(name, tried) for name, tried in attempts.items()}


def _task(name: str, tried: Sequence[RecordedExecution]) -> Task:
    last = tried[-1]
    attempts = [_attempt(number, one) for number, one in enumerate(tried, 1)]
    return Task(
        name=name,
        state=attempts[-1].state,
        seconds=max(0, last.updated_ms - last.started_ms) / 1000,
        sentence=last.error,
        step=last.step,
        cache_key=last.cache_key,
        began_ms=last.started_ms,
        ended_ms=attempts[-1].ended_ms,
        attempts=attempts,
        parameters=last.parameters,
        output_parameters=last.output_parameters,
        inputs=refs_of(last.inputs),
        outputs=refs_of(last.outputs),
    )


def _attempt(number: int, one: RecordedExecution) -> Attempt:
    state = STATES_OF.get(one.state, one.state)
    ended = None if state == RUNNING else one.updated_ms
    return Attempt(number, state, one.started_ms, ended, one.error, one.id)


def refs_of(by_key: Mapping[str, Sequence[RecordedArtifact]]) -> list[ArtifactRef]:
    return [
        ArtifactRef(key, one.type_name, one.uri, one.id, one.state, one.name, one.metadata)
        for key, listed in by_key.items()
        for one in listed
    ]


def joined(run: Run, executions: Sequence[RecordedExecution]) -> Run:
    """A run of this machine with what lineage knows of its tasks. How they stand is told by the journal alone."""
    known = tasks_of(executions)
    tasks = [_joined(task, known.pop(task.name)) if task.name in known else task for task in run.tasks]
    return replace(run, tasks=[*tasks, *known.values()], in_lineage=bool(executions))


def _joined(task: Task, recorded: Task) -> Task:
    return replace(
        task,
        sentence=task.sentence or recorded.sentence,
        step=task.step or recorded.step,
        cache_key=recorded.cache_key,
        attempts=_with_earlier(task.attempts, recorded.attempts),
        parameters=recorded.parameters,
        output_parameters=recorded.output_parameters or task.output_parameters,
        inputs=recorded.inputs,
        outputs=recorded.outputs or task.outputs,
    )


def _with_earlier(told: Sequence[Attempt], recorded: Sequence[Attempt]) -> Sequence[Attempt]:
    """All attempts, those of earlier lives of the run too, each as lineage has it; the last as the journal does."""
    if not recorded or not told:
        return told or recorded
    last = replace(recorded[-1], state=told[-1].state, sentence=told[-1].sentence or recorded[-1].sentence)
    return [*recorded[:-1], last]
