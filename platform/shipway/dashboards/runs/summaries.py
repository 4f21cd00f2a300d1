"""Runs in one line each, kept while nothing about them changes: lists must not read every journal each time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from shipway.dashboards.runs.journals import read_home_run
from shipway.dashboards.runs.listing import Listed
from shipway.dashboards.runs.reading import Queries
from shipway.dashboards.runs.recorded import recorded_run
from shipway.dashboards.runs.records import RUNNING, UNREAD, ArtifactRef, Run
from shipway.dashboards.runs.texts import plain
from shipway.errors import EnvironmentFault
from shipway.lineage.bare_runs import bare_executions
from shipway.lineage.live_runs import told_of_run
from shipway.runner.home import Home
from shipway.runner.run_store import JOURNAL

KEPT = 20_000
LIVE_SECONDS, FRESH_SECONDS, SETTLED_SECONDS = 2.0, 15.0, 3600.0
LONGEST_SPAN = 19
"""Digits of a number that a metadata store can hold."""

SETTLED_AFTER_MS = 2 * 86400 * 1000
"""A run of a cluster has ended when nothing runs, but for the pause between two steps; after two days it has."""


@dataclass(frozen=True)
class RunSummary:
    """A run in one line. `spans` and `model` are of what it made, where its journal tells."""

    run_id: str
    pipeline: str
    state: str
    started_ms: float
    seconds: float = 0.0
    in_home: bool = True
    in_lineage: bool = True
    spans: str = ""
    model: ArtifactRef | None = None


class Budget:
    """How many runs one page may look up that nobody has looked up lately; what is kept costs nothing."""

    def __init__(self, journals: int = 120, recorded: int = 40) -> None:
        self.journals = journals
        self.recorded = recorded

    def allows(self, listed: Listed) -> bool:
        return (self.journals if listed.in_home else self.recorded) > 0

    def spend(self, listed: Listed) -> None:
        if listed.in_home:
            self.journals -= 1
        else:
            self.recorded -= 1


class Summaries:
    """The summaries of one home's and store's runs, for any thread."""

    def __init__(self, home: Home, queries: Queries) -> None:
        self._home = home
        self._queries = queries
        self._kept: OrderedDict[str, tuple[Any, float, RunSummary]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, listed: Listed, budget: Budget) -> RunSummary:
        """The run's summary; its state is UNREAD where the budget does not allow to look it up."""
        mark = self._mark(listed)
        with self._lock:
            kept = self._kept.get(listed.run_id)
        if kept is not None and kept[0] == mark and time.monotonic() < kept[1]:
            return kept[2]
        if not budget.allows(listed):
            return kept[2] if kept is not None else _unread(listed)
        budget.spend(listed)
        summary = self._read(listed)
        with self._lock:
            self._kept[listed.run_id] = (mark, time.monotonic() + _good_for(summary), summary)
            self._kept.move_to_end(listed.run_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return summary

    def _mark(self, listed: Listed) -> Any:
        """What changes when the run's journal does."""
        if not listed.in_home:
            return None
        try:
            stat = (self._home.runs / listed.run_id / JOURNAL).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def _read(self, listed: Listed) -> RunSummary:
        run: Run | None
        if listed.in_home:
            run = read_home_run(self._home, listed.run_id)
        else:
            try:
                service = self._queries().service
                executions = bare_executions(service, listed.run_id)
                run = recorded_run(listed.run_id, executions, told_of_run(service, listed.run_id))
            except EnvironmentFault:
                run = None
        if run is None:
            return _unread(listed)
        return RunSummary(
            run_id=listed.run_id,
            pipeline=run.pipeline or listed.pipeline,
            state=run.state,
            started_ms=run.started_ms or listed.started_ms,
            seconds=run.seconds,
            in_home=listed.in_home,
            in_lineage=listed.in_lineage,
            spans=spans_of(run),
            model=model_of(run),
        )


def _good_for(summary: RunSummary) -> float:
    """Seconds after which a summary is read again, though its journal has not changed: its process may have died."""
    if summary.state in (RUNNING, UNREAD):
        return 0.0 if summary.in_home else LIVE_SECONDS
    if summary.in_home:
        return SETTLED_SECONDS
    settled = time.time() * 1000 - summary.started_ms > SETTLED_AFTER_MS
    return SETTLED_SECONDS if settled else FRESH_SECONDS


def _unread(listed: Listed) -> RunSummary:
    return RunSummary(
        listed.run_id, listed.pipeline, UNREAD, listed.started_ms, in_home=listed.in_home, in_lineage=listed.in_lineage
    )


def with_artifacts(summary: RunSummary, run: Run) -> RunSummary:
    """The summary with what only the artifacts of its run tell."""
    return replace(summary, spans=spans_of(run), model=model_of(run))


def spans_of(run: Run) -> str:
    """The spans of the examples that the run read, such as 1-9; "" where none are recorded."""
    for artifact in _made(run, "Examples"):
        for name in ("spans", "span"):
            if str(artifact.metadata.get(name, "")) not in ("", "[]"):
                return _in_words(artifact.metadata[name])
    return ""


def _in_words(spans: Any) -> str:
    """The spans of an example_gen, JSON of a list in the metadata, as a range where they are one."""
    numbers = [part.strip() for part in str(spans).strip("[]").split(",")]
    if len(numbers) > 2 and all(part.isdecimal() and len(part) < LONGEST_SPAN for part in numbers):
        first = int(numbers[0])
        if all(int(part) == first + place for place, part in enumerate(numbers)):
            return f"{first}-{first + len(numbers) - 1}"
    return plain(", ".join(numbers))


def model_of(run: Run) -> ArtifactRef | None:
    """The last model that the run made."""
    return next(reversed(list(_made(run, "Model"))), None)


def _made(run: Run, type_name: str) -> Iterator[ArtifactRef]:
    for task in run.tasks:
        for artifact in task.outputs:
            if artifact.type_name == type_name and artifact.metadata.get("resolved", 1) in (1, True, "1"):
                yield artifact
