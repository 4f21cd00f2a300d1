"""Steps: how many executions ended and how, and how long those took that ran to their end."""

from __future__ import annotations

from collections import Counter

from shipway.endpoint.buckets import Buckets
from shipway.exporter.sheet import Sheet
from shipway.lineage import RecordedExecution

SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 36000.0)
"""Bounds of the buckets."""

COMPLETE = "COMPLETE"
ENDED = (COMPLETE, "CACHED", "FAILED", "CANCELED")


class Steps:
    """Counts by pipeline and step. A step goes by its name: `trainer` for `shipway_components.trainer`."""

    def __init__(self) -> None:
        self._states: dict[tuple[str, str], Counter[str]] = {}
        self._seconds: dict[tuple[str, str], Buckets] = {}

    def attempt(self, one: RecordedExecution) -> None:
        """An execution has come to this state."""
        if one.state not in ENDED:
            return
        key = (one.pipeline, one.step.rpartition(".")[2])
        self._states.setdefault(key, Counter(dict.fromkeys(ENDED, 0)))[one.state] += 1
        if one.state == COMPLETE:
            seconds = self._seconds.setdefault(key, Buckets(SECONDS))
            seconds.add(max(0, one.updated_ms - one.started_ms) / 1000)

    def write(self, sheet: Sheet) -> None:
        for key, states in self._states.items():
            for state, number in states.items():
                sheet.add("shipway_step_executions_total", (*key, state), number)
        for key, seconds in self._seconds.items():
            sheet.histogram("shipway_step_duration_seconds", key, seconds)
