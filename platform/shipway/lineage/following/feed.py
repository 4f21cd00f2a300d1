"""The feed of a store.

Executions are what leads: an execution that has ended is told with what it put out, so that nothing has to be kept
until its counterpart comes. Those that were running at the last look are asked for by their ids: their end is seen even
where it was recorded by a machine whose clock is late.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from shipway.lineage.bare_runs import newest_run_contexts
from shipway.lineage.calls import BATCH, artifacts_by_id, events_of_executions, executions_by_id
from shipway.lineage.following.changes import Attempt, Changes, RunEnds
from shipway.lineage.following.news import News, WentBack
from shipway.lineage.following.paging import last_changed, newest_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.live_runs import told_in
from shipway.lineage.messages import event_slots, to_recorded_artifact, to_recorded_execution
from shipway.lineage.protos import Execution
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE_RUN

WITH_OUTPUTS = (Execution.COMPLETE, Execution.CACHED, Execution.FAILED)
SECONDS_BETWEEN_WORDS = 5.0

log = logging.getLogger(__name__)


class StoreReplaced(Exception):
    """What the store holds is older than what was read of it: a backup was put in its place. Begin anew."""


class Feed:
    """What a store holds, and then what happens in it; one at a time may read from it."""

    def __init__(self, service: MetadataService) -> None:
        self._service = service
        self._executions = News(self._latest_executions, lambda one: one.last_known_state)
        self._artifacts = News(self._latest_artifacts, lambda one: one.state)
        self._runs = News(self._latest_runs, lambda one: "")
        self._running: set[int] = set()
        self._begun = False

    def changes(self) -> Iterator[Changes]:
        """Everything the first time, then what came since; a read that broke off is made good by the next.

        Raises what the store's calls raise, and `StoreReplaced`.
        """
        if not self._begun:
            yield from self._everything()
            self._begun = True
            return
        try:
            yield from self._since()
        except WentBack as error:
            raise StoreReplaced from error

    def _everything(self) -> Iterator[Changes]:
        for news in (self._executions, self._artifacts, self._runs):
            news.begin()
        last = newest_id(self._service, "GetExecutions", "executions")
        next_word = time.monotonic() + SECONDS_BETWEEN_WORDS
        for first in range(1, last + 1, BATCH):
            ids = range(first, min(first + BATCH, last + 1))
            yield Changes(self._attempts(executions_by_id(self._service, ids)))
            if time.monotonic() > next_word:
                log.info("Read %d of %d executions.", ids[-1], last)
                next_word = time.monotonic() + SECONDS_BETWEEN_WORDS
        yield Changes(run_ends=_run_ends(newest_run_contexts(self._service)))

    def _since(self) -> Iterator[Changes]:
        altered = [to_recorded_artifact(one) for one in self._artifacts.read()]
        changed = {one.id: one for one in self._executions.read()}
        still_open = executions_by_id(self._service, self._running - changed.keys())
        changed.update((one.id, one) for one in still_open if one.last_known_state != Execution.RUNNING)
        attempts = self._attempts([changed[key] for key in sorted(changed)])
        yield Changes(attempts, altered, _run_ends(self._runs.read()))

    def _attempts(self, executions: Sequence[Execution]) -> list[Attempt]:
        """Executions with what they put out; they are remembered while they run."""
        for one in executions:
            (self._running.add if one.last_known_state == Execution.RUNNING else self._running.discard)(one.id)
        events = events_of_executions(self._service, [one.id for one in executions if _may_have_outputs(one)])
        artifacts = self._artifacts_by_id({event.artifact_id for event in events if event.type in OUTPUTS})
        inputs: dict[int, dict[str, list[int]]] = {}
        outputs: dict[int, dict[str, list[RecordedArtifact]]] = {}
        for event in sorted(events, key=lambda one: one.artifact_id):
            for key, _ in event_slots(event) or [("", 0)]:
                if event.type in INPUTS:
                    inputs.setdefault(event.execution_id, {}).setdefault(key, []).append(event.artifact_id)
                elif event.artifact_id in artifacts:
                    made = outputs.setdefault(event.execution_id, {}).setdefault(key, [])
                    made.append(artifacts[event.artifact_id])
        return [
            Attempt(to_recorded_execution(one, {}, outputs.get(one.id)), inputs.get(one.id, {}))
            for one in sorted(executions, key=lambda one: one.id)
        ]

    def _artifacts_by_id(self, ids: Collection[int]) -> dict[int, RecordedArtifact]:
        return {one.id: to_recorded_artifact(one) for one in artifacts_by_id(self._service, ids)}

    def _latest_executions(self) -> Iterator[Any]:
        return last_changed(self._service, "GetExecutions", "executions")

    def _latest_artifacts(self) -> Iterator[Any]:
        return last_changed(self._service, "GetArtifacts", "artifacts")

    def _latest_runs(self) -> Iterator[Any]:
        changed = last_changed(self._service, "GetContexts", "contexts")  # a list by type would read all that there are
        return (one for one in changed if one.type == PIPELINE_RUN)


def _may_have_outputs(execution: Execution) -> bool:
    return execution.last_known_state in WITH_OUTPUTS


def _run_ends(contexts: Any) -> list[RunEnds]:
    found = ((one.name, told_in(one)) for one in contexts)
    return [
        RunEnds(told.pipeline, name, told.ends, told.live is not None, len(told.live.waiting) if told.live else 0)
        for name, told in found
        if told.ends or told.live
    ]
