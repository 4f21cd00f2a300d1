"""What the metadata store is made to say. Every record is one that is made once, however often it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shipway.lineage import Lineage, RecordedExecution
from shipway.lineage.bare_runs import bare_executions
from shipway.lineage.live_runs import LiveRun, ToldOfRun, Waiting, live_runs, told_of_run
from shipway.lineage.recorder import LOST
from shipway.lineage.stamp import Stamp
from shipway.settings import MetadataAddress
from shipway.watcher.deaths import Death
from shipway.watcher.run_state import RunState
from shipway.watcher.tasks import tasks_of

PATIENCE_SECONDS = 5.0
"""How long a service that is away is waited for: the clerk asks again later."""
CLOCKS_MS = 5_000
"""How far the clocks of the store and of the cluster may be apart."""
LATE_MS = 600_000
RUNNING, FAILED, CANCELED, SUCCEEDED, COMPLETE = "RUNNING", "FAILED", "CANCELED", "SUCCEEDED", "COMPLETE"
DELETED = "The run was deleted from the cluster while this step ran."


class Book:
    """The store at `address`. Calls raise what lineage raises."""

    def __init__(self, address: MetadataAddress) -> None:
        self._address = replace(address, patience_seconds=min(address.patience_seconds, PATIENCE_SECONDS))
        self._opened: Lineage | None = None

    def __str__(self) -> str:
        return repr(self._address.url or str(self._address.path))

    @property
    def _lineage(self) -> Lineage:
        if self._opened is None:
            self._opened = Lineage.open(self._address)
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def ping(self) -> None:
        """Ask something, to see whether the store answers."""
        self.told("-")

    def told(self, run_id: str) -> ToldOfRun:
        return told_of_run(self._lineage.queries().service, run_id)

    def executions(self, run_id: str) -> list[RecordedExecution]:
        return bare_executions(self._lineage.queries().service, run_id)

    def live_runs(self, place: str) -> list[LiveRun]:
        return list(live_runs(self._lineage.queries().service, place))

    def go_on(self, live: LiveRun) -> None:
        self._lineage.go_on(live)

    def end(self, run_id: str, state: str, at_ms: int) -> None:
        self._lineage.end_run(run_id, state, at_ms)

    def end_of_vanished(self, run_id: str, state: str, at_ms: int) -> bool:
        """End a run that goes on as far as the store knows; whether it did, and nobody else has ended it meanwhile."""
        return self._lineage.end_vanished_run(run_id, state, at_ms, DELETED)

    def death(self, death: Death, executions: Sequence[RecordedExecution], is_stopped: bool, now_ms: int) -> bool:
        """Record how a try of a task died, whichever state it was in; whether there was anything to record."""
        found = _try_of(death, executions)
        stamp = _stamp(f"end:{death.key}", death.ended_ms)
        if found is None:
            return self._never_began(death, executions, is_stopped, now_ms)
        if found.state == RUNNING and is_stopped:
            self._lineage.cancel(found.id, f"The run was stopped: {death.sentence}", stamp)
        elif found.state == RUNNING:
            self._lineage.fail(found.id, death.sentence, stamp=stamp)
        elif found.state == FAILED and found.error == LOST:
            self._lineage.explain(found.id, death.sentence)
        elif found.state == COMPLETE and death.is_step and not is_stopped:
            self._lineage.revoke(found.id, _not_stored(death))
        else:
            return False
        return True

    def gave_up(self, run: RunState, waiting: Waiting, executions: Sequence[RecordedExecution], at_ms: int) -> None:
        """Record a step that could not begin before somebody stopped its run, so that it still says why."""
        task = next((one for one in tasks_of(run) if one.task == waiting.task), None)
        if task is None or any(one.task == waiting.task and one.started_ms >= waiting.since_ms for one in executions):
            return
        key = f"{run.run_id}/{waiting.task}@{waiting.since_ms}"
        execution = self._lineage.begin(task, {}, {}, "", _stamp(f"waited:{key}", waiting.since_ms))
        sentence = f"The run was stopped. {waiting.sentence}"
        self._lineage.cancel(execution, sentence, _stamp(f"gave up:{key}", at_ms))

    def lost(self, execution: RecordedExecution, is_stopped: bool, ended_ms: int) -> None:
        """Record the end of an execution whose own record of it never came."""
        stamp = _stamp(f"lost:{execution.id}", max(ended_ms, execution.started_ms))
        if is_stopped:
            self._lineage.cancel(execution.id, "The run was stopped.", stamp)
            return
        self._lineage.fail(
            execution.id,
            f"Step {execution.task!r} ended without a word: its run is over, its pod "
            f"{execution.pod_name or '(of unknown name)'!r} did not fail, and no record of its end has come; where one "
            "waits in a spool, 'shipway metadata deliver' brings it, else run it again: "
            f"shipway retry {execution.run_id}.",
            stamp=stamp,
        )

    def _never_began(
        self, death: Death, executions: Sequence[RecordedExecution], is_stopped: bool, now_ms: int
    ) -> bool:
        """A try without a record gets one. Told late, it must not hide a later try of the same task."""
        tried_again = any(one.task == death.task.task and one.started_ms > death.ended_ms for one in executions)
        if is_stopped or (tried_again and now_ms - death.ended_ms > LATE_MS):
            return False
        execution = self._lineage.begin(death.task, {}, {}, "", _stamp(f"pod:{death.key}", death.began_ms))
        self._lineage.fail(execution, death.sentence, stamp=_stamp(f"end:{death.key}", death.ended_ms))
        return True


def running(executions: Sequence[RecordedExecution]) -> list[RecordedExecution]:
    return [one for one in executions if one.state == RUNNING]


def state_by_steps(executions: Sequence[RecordedExecution]) -> str:
    """How a run stood by the last try of each of its tasks."""
    states = {one.task: one.state for one in executions}.values()
    if FAILED in states:
        return FAILED
    return CANCELED if not states or CANCELED in states or RUNNING in states else SUCCEEDED


def _try_of(death: Death, executions: Sequence[RecordedExecution]) -> RecordedExecution | None:
    """The execution that the pod recorded. A pod of a run that is tried again has the name of the one before."""
    meanwhile = [
        one
        for one in executions
        if one.task == death.task.task and death.began_ms - CLOCKS_MS <= one.started_ms <= death.ended_ms + CLOCKS_MS
    ]
    named = [one for one in meanwhile if one.pod_name == death.pod_name]
    nameless = [one for one in meanwhile if not one.pod_name]
    return next(reversed(named or nameless), None)


def _stamp(record_id: str, made_ms: int) -> Stamp:
    """A record of something that was, so that the store has its time and not the one of being told."""
    return Stamp(record_id, made_ms, is_late=True)


def _not_stored(death: Death) -> str:
    return (
        f"Step {death.task.task!r} did its work, and Kubeflow's launcher could not store what it had put out: pod "
        f"{death.pod_name!r} failed afterwards ({death.sentence.rstrip('.')}), and what it put out is not to be used."
    )
