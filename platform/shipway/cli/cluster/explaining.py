"""Why a step of a cluster failed or waits, in one sentence.

Kubeflow Pipelines keeps none. The step's own is in lineage, where one is recorded; what became of its pod is in
Kubernetes, while the pod is there; else its log ends with it; else there is what the workflow says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shipway.errors import ShipwayError
from shipway.kube.connection import connect as connect_kubernetes
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.logs import last_error, read_log
from shipway.kube.pipelines.records import FAILED, PENDING, RUNNING, SKIPPED, ClusterRun, ClusterTask
from shipway.kube.pipelines.workflow import RUN_LABEL
from shipway.kube.pods import Subject, Verdict, verdict_of
from shipway.kube.reading import get_json
from shipway.lineage import LineageQueries, RecordedExecution
from shipway.settings import MetadataAddress

PLAIN_EXITS = frozenset({"Error", "Failed"})
"""Verdicts on a pod whose process ended with a code: the step's own words say more."""
PASSING = re.compile(r"(PodInitializing|ContainerCreating)?")
"""What every pod waits for in its first seconds."""
LINEAGE_PATIENCE_SECONDS = 3.0


class Explanations:
    """Sentences for the tasks of one run; each source is asked once, and one that is away is passed over."""

    def __init__(
        self, api: PipelinesApi, run: ClusterRun, namespace: str, recorded: Sequence[RecordedExecution] = ()
    ) -> None:
        self._api = api
        self._run = run
        self._namespace = namespace
        self._recorded = recorded
        self._pods: Mapping[str, Mapping[str, Any]] | None = None

    def sentence(self, task: ClusterTask) -> str:
        """Why a task failed or waits; "" for one that does neither."""
        if task.state == SKIPPED:
            return task.message
        if task.state in (PENDING, RUNNING):
            return self._of_wait(task)
        if task.state != FAILED:
            return ""
        return self._of_lineage(task) or self._of_pod_and_log(task) or self._of_workflow(task)

    def _of_wait(self, task: ClusterTask) -> str:
        if PASSING.fullmatch(task.message):
            return ""
        verdict = self._verdict(task)
        return verdict.sentence if verdict else task.message

    def _of_lineage(self, task: ClusterTask) -> str:
        pods = {pod.name for pod in task.pods}
        errors = [one for one in self._recorded if one.task == task.key and one.error]
        own = [one for one in errors if one.pod_name in pods] or [one for one in errors if not one.pod_name]
        return own[-1].error if own else ""

    def _of_pod_and_log(self, task: ClusterTask) -> str:
        verdict = self._verdict(task)
        if verdict and verdict.reason not in PLAIN_EXITS:
            return verdict.sentence
        return self._of_log(task) or (verdict.sentence if verdict else "")

    def _verdict(self, task: ClusterTask) -> Verdict | None:
        """What became of the task's last pod, if it is there and something did."""
        subject = Subject(
            what=f"step {task.name!r}",
            settings=f"{task.key!r} in cluster.yaml",
            again=f"shipway retry {self._run.run_id}",
            anew=f"shipway submit {self._run.pipeline or 'PIPELINE'}",
        )
        for pod in [*reversed(task.pods), *([task.driver] if task.driver else [])]:
            known = self._known_pods().get(pod.name)
            verdict = verdict_of(known, subject) if known else None
            if verdict and verdict.is_final == (task.state == FAILED):
                return verdict
        return None

    def _of_log(self, task: ClusterTask) -> str:
        try:
            return last_error(read_log(self._api, self._run, task, self._namespace))
        except ShipwayError:
            return ""

    def _of_workflow(self, task: ClusterTask) -> str:
        log = f"see 'shipway logs {self._run.run_id} {task.name} --cluster'"
        return f"{task.message or 'it failed without a word'}; {log}."

    def _known_pods(self) -> Mapping[str, Mapping[str, Any]]:
        if self._pods is None:
            self._pods = _pods_of(self._api, self._run, self._namespace)
        return self._pods


def recorded_executions(metadata: MetadataAddress | None, run_id: str) -> list[RecordedExecution]:
    """What the metadata store that is set has of a run; [] for none, and for one that is away."""
    if metadata is None:
        return []
    try:
        queries = LineageQueries.open(replace(metadata, patience_seconds=LINEAGE_PATIENCE_SECONDS))
        try:
            return queries.run(run_id)
        finally:
            queries.close()
    except ShipwayError:
        return []


def _pods_of(api: PipelinesApi, run: ClusterRun, namespace: str) -> Mapping[str, Mapping[str, Any]]:
    path = f"/api/v1/namespaces/{namespace}/pods"
    query = {"labelSelector": f"{RUN_LABEL}={run.run_id}"}
    try:
        listed = get_json(connect_kubernetes(api.address), path, query, f"listing the pods of run {run.run_id}")
    except ShipwayError:
        return {}
    return {pod["metadata"]["name"]: pod for pod in listed.get("items") or []}
