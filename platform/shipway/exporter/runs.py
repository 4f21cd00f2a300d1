"""Runs: how many finished and how, when last, how long they took, and which are active."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import takewhile
from sys import intern

from shipway.endpoint.buckets import Buckets
from shipway.exporter.run_endings import CANCELED, FAILED, RUNNING, SUCCEEDED, Attempt, Ending, endings
from shipway.exporter.sheet import Sheet
from shipway.lineage import RecordedExecution
from shipway.lineage.following import RunEnds

SECONDS = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 36000.0, 86400.0)
"""Bounds of the buckets."""

WATCHED_QUIET_MS = 86_400_000
"""Of a run that is watched nothing may run for long, while it waits for a node: its end is going to be told."""

LAST = {
    SUCCEEDED: "shipway_run_last_success_timestamp_seconds",
    FAILED: "shipway_run_last_failure_timestamp_seconds",
}


class _Run:
    """What is recorded of one run, and which of its endings are counted."""

    __slots__ = ("attempts", "counted", "is_live", "pipeline", "waiting", "words")

    def __init__(self, pipeline: str) -> None:
        self.pipeline = pipeline
        self.attempts: dict[int, Attempt] = {}
        self.words: list[tuple[str, int]] = []
        self.counted: list[Ending] = []
        self.is_live = False
        self.waiting = 0

    @property
    def is_active(self) -> bool:
        return self.is_live or any(attempt.state == RUNNING for attempt in self.attempts.values())


class _Finished:
    """The finished runs of a pipeline."""

    def __init__(self) -> None:
        self.states = Counter({SUCCEEDED: 0, FAILED: 0, CANCELED: 0})
        self.last_ms: dict[str, int] = {}
        self.seconds = Buckets(SECONDS)

    def count(self, ending: Ending, times: int = 1) -> None:
        self.states[ending.state] += times
        self.seconds.add((ending.ended_ms - ending.began_ms) / 1000, times)
        self.last_ms[ending.state] = max(ending.ended_ms, self.last_ms.get(ending.state, 0))


class Runs:
    """All runs of a store; those that may still change are looked at again each time."""

    def __init__(self, quiet_ms: int) -> None:
        self._quiet_ms = quiet_ms
        self._runs: dict[tuple[str, str], _Run] = {}
        self._open: dict[tuple[str, str], None] = {}
        self._finished: dict[str, _Finished] = {}

    def attempt(self, one: RecordedExecution) -> bool:
        """Take in an execution; whether it is news: one that was not known, or in another state."""
        run = self._run(one.pipeline, one.run_id)
        known = run.attempts.get(one.id)
        if known is not None and known.state == one.state:
            return False
        run.attempts[one.id] = Attempt(intern(one.task), intern(one.state), one.started_ms, one.updated_ms)
        return True

    def ended(self, ends: RunEnds) -> None:
        """Take in what a runner said, or who watches it."""
        run = self._run(ends.pipeline, ends.run_id)
        run.words, run.is_live, run.waiting = list(ends.ends), ends.is_live, ends.waiting

    def settle(self, now_ms: int) -> None:
        """Count what has finished by now."""
        for key in list(self._open):
            run = self._runs[key]
            attempts = (run.attempts[execution_id] for execution_id in sorted(run.attempts))
            quiet_ms = max(self._quiet_ms, WATCHED_QUIET_MS) if run.is_live else self._quiet_ms
            found, may_go_on = endings(attempts, run.words, quiet_ms, now_ms)
            self._count(run, found)
            if not (may_go_on or run.is_live):
                del self._open[key]

    def write(self, sheet: Sheet) -> None:
        still_open = [self._runs[key] for key in self._open]
        active = Counter(run.pipeline for run in still_open if run.is_active)
        waiting: Counter[str] = Counter()
        for run in still_open:
            waiting[run.pipeline] += run.waiting
        for pipeline, finished in self._finished.items():
            sheet.add("shipway_runs_active", (pipeline,), active[pipeline])
            sheet.add("shipway_steps_waiting", (pipeline,), waiting[pipeline])
            for state, number in finished.states.items():
                sheet.add("shipway_runs_total", (pipeline, state), number)
            for state, name in LAST.items():
                if state in finished.last_ms:
                    sheet.add(name, (pipeline,), finished.last_ms[state] / 1000)
            sheet.histogram("shipway_run_duration_seconds", (pipeline,), finished.seconds)

    def _run(self, pipeline: str, run_id: str) -> _Run:
        key = (intern(pipeline), intern(run_id))
        self._open[key] = None
        self._finished.setdefault(pipeline, _Finished())
        return self._runs.setdefault(key, _Run(key[0]))

    def _count(self, run: _Run, found: list[Ending]) -> None:
        finished = self._finished[run.pipeline]
        kept = _shared(run.counted, found)
        for ending in run.counted[kept:]:
            finished.count(ending, -1)
        for ending in found[kept:]:
            finished.count(ending)
        run.counted = found


def _shared(left: Iterable[Ending], right: Iterable[Ending]) -> int:
    """How many endings two lists begin with alike."""
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
