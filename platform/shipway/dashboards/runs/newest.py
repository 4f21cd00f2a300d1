"""What the last successful run of a pipeline was about: its spans and its model, kept once they were looked up."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace

from shipway.dashboards.runs.reading import Queries, read_recorded_run
from shipway.dashboards.runs.records import ArtifactRef
from shipway.dashboards.runs.summaries import RunSummary, with_artifacts
from shipway.errors import EnvironmentFault

KEPT = 2000


class NewestArtifacts:
    """Summaries of runs with ids of what they made; one request looks up no more than it is allowed to."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._kept: OrderedDict[tuple[str, float, float], RunSummary] = OrderedDict()
        self._lock = threading.Lock()
        self._allowed = threading.local()

    def may_look_up(self, runs: int) -> None:
        """Allow this thread's request so many runs."""
        self._allowed.runs = runs

    def of(self, summary: RunSummary) -> RunSummary:
        """The summary with `spans` and `model`, as far as they are known or may be looked up."""
        key = summary.run_id, summary.started_ms, summary.seconds
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None:
            return kept
        if not summary.in_lineage or self._allowed.runs <= 0:
            return summary
        self._allowed.runs -= 1
        try:
            found = self._look_up(summary)
        except EnvironmentFault:
            return summary
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _look_up(self, summary: RunSummary) -> RunSummary:
        if summary.in_home:
            return replace(summary, model=self._with_id(summary.model))
        run = read_recorded_run(self._queries(), summary.run_id)
        return with_artifacts(summary, run) if run else summary

    def _with_id(self, model: ArtifactRef | None) -> ArtifactRef | None:
        """The model with lineage's id: a journal has its URI alone."""
        if model is None or model.id is not None:
            return model
        found = self._queries().artifact_by_uri(model.uri)
        return replace(model, id=found.id, state=found.state) if found else model
