"""Showing a run of a cluster while it goes on, as a run of this machine is shown."""

from __future__ import annotations

import sys
from contextlib import closing

from shipway.cli.cluster.explaining import Explanations, recorded_executions
from shipway.cli.cluster.results import Explained, explain
from shipway.cli.run_view import RunView, view_of_run
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.records import FAILED, PENDING, RUNNING, ClusterRun, ClusterTask
from shipway.kube.pipelines.watching import State, follow_run
from shipway.runner import TaskResult
from shipway.settings import Settings


def follow_to_end(api: PipelinesApi, settings: Settings, run: ClusterRun) -> Explained:
    """Show a run until it has ended."""
    latest: State = (run, [])
    with closing(view_of_run(sys.stderr)) as view:
        view.run_started(run.run_id, run.pipeline, [])
        progress = _Progress(api, settings, view)
        for latest in follow_run(api, run.run_id):
            progress.tell(*latest)
    return explain(api, settings, *latest)


class _Progress:
    """Tells a view what has changed since the last look."""

    def __init__(self, api: PipelinesApi, settings: Settings, view: RunView) -> None:
        self._api = api
        self._settings = settings
        self._view = view
        self._attempts: dict[str, int] = {}
        self._ended: set[str] = set()
        self._messages: dict[str, str] = {}

    def tell(self, run: ClusterRun, tasks: list[ClusterTask]) -> None:
        for task in tasks:
            if task.is_final:
                self._tell_end(run, task)
            else:
                self._ended.discard(task.name)
                self._tell_attempt(task)
                self._tell_wait(run, task)

    def _tell_attempt(self, task: ClusterTask) -> None:
        attempt = max(1, len(task.pods))
        if task.state == RUNNING and self._attempts.get(task.name) != attempt:
            self._attempts[task.name] = attempt
            self._view.task_started(task.name, attempt)

    def _tell_wait(self, run: ClusterRun, task: ClusterTask) -> None:
        """What keeps a pod from beginning, such as an image that cannot be pulled: nothing else would say so."""
        if task.state == PENDING and task.message and self._messages.get(task.name) != task.message:
            self._messages[task.name] = task.message
            if sentence := self._sentence(run, task):
                self._view.task_waits(task.name, sentence)

    def _tell_end(self, run: ClusterRun, task: ClusterTask) -> None:
        if task.name in self._ended:
            return
        self._ended.add(task.name)
        sentence = self._sentence(run, task) if task.state == FAILED else ""
        self._view.task_finished(
            TaskResult(task.name, task.state, cached=task.cached, seconds=task.seconds, sentence=sentence)
        )

    def _sentence(self, run: ClusterRun, task: ClusterTask) -> str:
        recorded = recorded_executions(self._settings.metadata, run.run_id) if task.state == FAILED else []
        return Explanations(self._api, run, self._api.address.kfp_namespace, recorded).sentence(task)
