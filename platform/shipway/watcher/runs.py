"""All runs that the cluster has now, kept up to date by news; which of them have changed since they were settled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from shipway.kube.runs import RunPod, Workflow
from shipway.kube.runs.workflow import CANCELED
from shipway.watcher.inbox import CHANGED, DELETED, LISTED, PODS, WORKFLOWS, News
from shipway.watcher.run_state import RunState

Key = tuple[str, str]


class Runs:
    """Runs by namespace and id."""

    def __init__(self) -> None:
        self._runs: dict[Key, RunState] = {}
        self._changed: dict[Key, None] = {}
        self._listed: set[tuple[str, str]] = set()

    def take(self, news: News) -> None:
        """Take in what a follower tells."""
        if news.verb == LISTED:
            self._listed.add((news.namespace, news.kind))
            (self._list_pods if news.kind == PODS else self._list_workflows)(news.namespace, news.content)
        elif news.verb in (CHANGED, DELETED):
            is_gone = news.verb == DELETED
            (self._pod if news.kind == PODS else self._workflow)(news.namespace, news.content, is_gone)

    def is_listed(self, namespace: str) -> bool:
        """Whether all that is there is known: before that, what is missing may only not have been told yet."""
        return {(namespace, PODS), (namespace, WORKFLOWS)} <= self._listed

    def changed(self) -> list[RunState]:
        """Runs to settle, of namespaces that are known whole."""
        return [self._runs[key] for key in list(self._changed) if key in self._runs and self.is_listed(key[0])]

    def settled(self, run: RunState) -> None:
        """A run needs no look before something changes; one whose workflow is gone is forgotten."""
        key = run.namespace, run.run_id
        self._changed.pop(key, None)
        if run.workflow is None and not run.pods:
            self._runs.pop(key, None)

    def forget(self, run: RunState) -> None:
        self._changed.pop((run.namespace, run.run_id), None)
        self._runs.pop((run.namespace, run.run_id), None)

    def with_pending(self) -> Iterator[RunState]:
        """Runs of which a pod has not ended."""
        return (run for run in self._runs.values() if not run.has_ended and any(run.pending))

    def touch(self, run: RunState) -> None:
        self._changed[run.namespace, run.run_id] = None

    def get(self, namespace: str, run_id: str) -> RunState | None:
        return self._runs.get((namespace, run_id))

    def in_namespace(self, namespace: str) -> list[RunState]:
        return [run for key, run in self._runs.items() if key[0] == namespace]

    def _run(self, namespace: str, run_id: str) -> RunState:
        key = namespace, run_id
        self._changed[key] = None
        return self._runs.setdefault(key, RunState(namespace, run_id))

    def _pod(self, namespace: str, pod: RunPod, is_gone: bool) -> None:
        run = self._run(namespace, pod.run_id)
        if is_gone:
            run.pod_gone(pod.uid, pod)
        elif pod.uid not in run.settled:
            run.pods[pod.uid] = pod

    def _list_pods(self, namespace: str, pods: list[RunPod]) -> None:
        there = {pod.uid for pod in pods}
        for run in self.in_namespace(namespace):
            for uid in [uid for uid in run.pods if uid not in there]:
                self.touch(run)
                run.pod_gone(uid)
        for pod in pods:
            self._pod(namespace, pod, is_gone=False)

    def _workflow(self, namespace: str, workflow: Workflow, is_gone: bool) -> None:
        run = self._run(namespace, workflow.run_id)
        run.workflow = _deleted(workflow) if is_gone else workflow

    def _list_workflows(self, namespace: str, workflows: list[Workflow]) -> None:
        there = {one.run_id for one in workflows}
        for run in self.in_namespace(namespace):
            if run.workflow is not None and run.run_id not in there:
                self._workflow(namespace, run.workflow, is_gone=True)
        for workflow in workflows:
            self._workflow(namespace, workflow, is_gone=False)


def _deleted(workflow: Workflow) -> Workflow:
    """A workflow that went away before it had ended was stopped by that."""
    if workflow.state:
        return replace(workflow, is_deleted=True)
    now_ms = time.time_ns() // 1_000_000
    return replace(workflow, state=CANCELED, ended_ms=now_ms, is_stopped=True, is_deleted=True, was_cut_off=True)
