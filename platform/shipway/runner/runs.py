"""Looking back at runs: `shipway runs` and `shipway runs show RUN`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shipway.runner.history import ENDED, NOTED, STARTED
from shipway.runner.home import Home
from shipway.runner.journal import read_journal
from shipway.runner.life import RUN_FINISHED, RUN_STARTED
from shipway.runner.outputs import NOTHING, Values
from shipway.runner.results import DAMAGED, INTERRUPTED, RUNNING, RunResult, TaskResult
from shipway.runner.run_store import DamagedRun, RunStore, run_ids
from shipway.runner.running import is_going_on


def list_runs(home: Home) -> list[RunResult]:
    """All runs of a home, the newest first; of one whose folder is damaged the name and the state DAMAGED alone."""
    return [_read_or_note(home, run_id) for run_id in run_ids(home)]


def _read_or_note(home: Home, run_id: str) -> RunResult:
    try:
        return read_run(home, run_id)
    except DamagedRun as damage:
        return RunResult(run_id, "", DAMAGED, 0.0, sentence=str(damage))


def read_run(home: Home, run_id: str) -> RunResult:
    """A run as its journal tells it. Raises `UnknownRun` and `DamagedRun`."""
    store = RunStore(home, run_id)
    request = store.request
    events = list(read_journal(store.journal))
    tasks = _tasks(events)
    state, seconds = _state(events)
    if state == RUNNING and not is_going_on(store.folder):
        state = INTERRUPTED
    failed = next((task for task in tasks if task.state == "FAILED"), None)
    return RunResult(
        run_id=run_id,
        pipeline=request["pipeline"],
        state=state,
        seconds=seconds,
        tasks=tasks,
        parameters=request["parameters"],
        started=request["started"],
        target=request["target"],
        sentence=f"Task {failed.name!r} failed: {failed.sentence}" if failed else "",
    )


def _tasks(events: Iterable[Mapping[str, Any]]) -> list[TaskResult]:
    """The last word on every task, in the order in which they came to it."""
    found: dict[str, TaskResult] = {}
    for event in events:
        if event["event"] in (ENDED, NOTED):
            found.pop(event["task"], None)
            found[event["task"]] = _task(event)
        elif event["event"] == STARTED:
            found[event["task"]] = TaskResult(event["task"], RUNNING, attempts=event["attempt"])
    return list(found.values())


def _task(event: Mapping[str, Any]) -> TaskResult:
    names = ("name", "state", "cached", "seconds", "sentence", "step", "attempts", "restored")
    evidence = Values.from_json(event["evidence"]) if "evidence" in event else NOTHING
    facts = {name: event[name] for name in names}
    return TaskResult(**facts, outputs=Values.from_json(event["outputs"]), evidence=evidence)


def _state(events: Iterable[Mapping[str, Any]]) -> tuple[str, float]:
    """How the run stands, and the seconds that it was worked on over all its lives."""
    state, seconds, began, last = RUNNING, 0.0, 0.0, 0.0
    for event in events:
        if event["event"] == RUN_STARTED:
            seconds += max(0.0, last - began)
            state, began = RUNNING, event["at"]
        elif event["event"] == RUN_FINISHED:
            state = event["state"]
        last = event["at"]
    return state, seconds + max(0.0, last - began)
