"""What a task printed: kept by Kubeflow Pipelines once its pod has ended, and asked of the pod itself before that."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from shipway.errors import UsageError
from shipway.kube.connection import connect as connect_kubernetes
from shipway.kube.faults import KubeFault, kube_faults
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.faults import NotThere, PipelinesTrouble, RequestRefused, RightMissing
from shipway.kube.pipelines.names import UnknownName
from shipway.kube.pipelines.records import ClusterRun, ClusterTask, Pod

KEPT_LOG = "main-logs"
CONTAINER = "main"
ERROR_LINE = re.compile(r"^Error: (?!exit status \d+$)(.+)$", re.MULTILINE)
"""How a step tells why it ends; what Argo itself adds to the log says no more than the code."""


class NoLogYet(KubeFault):
    """A task no pod of which has a log."""

    def __init__(self, task: ClusterTask, run: ClusterRun, problem: str) -> None:
        super().__init__(
            f"There is no log of {task.name!r}, which is {task.state.lower()} ({problem}): see its pod with "
            f"'kubectl describe pods -A -l pipeline/runid={run.run_id}', or 'shipway runs show {run.run_id} --cluster'."
        )


class CachedHasNoLog(UsageError):
    """A task that did not run, because an earlier result stands in for it."""

    def __init__(self, task: ClusterTask) -> None:
        why = "its result came from the cache" if task.cached else task.message or "it has not begun"
        super().__init__(f"{task.name!r} has printed nothing in this run: {why}.")


def find_task(run: ClusterRun, tasks: Sequence[ClusterTask], name: str) -> ClusterTask:
    """The task of that name; of a name that several iterations share, the one that failed or else the first.

    Raises `UnknownName`.
    """
    named = [task for task in tasks if task.name == name] or [task for task in tasks if task.key == name]
    if not named:
        raise UnknownName("step", name, [task.name for task in tasks], f"it is run {run.run_id} that was asked")
    return next((task for task in named if task.state == "FAILED"), named[0])


def read_log(api: PipelinesApi, run: ClusterRun, task: ClusterTask, namespace: str) -> str:
    """What the last attempt of a task printed, or its driver where that failed. Raises `NoLogYet`, `CachedHasNoLog`."""
    failed_driver = [task.driver] if task.driver and task.state == "FAILED" else []
    pods = [*reversed(task.pods)] or failed_driver
    if not pods:
        raise CachedHasNoLog(task)
    problem = ""
    for pod in pods:
        kept = _kept(api, run, pod)
        if kept is not None:
            return kept
        try:
            return _of_pod(api, pod, namespace)
        except KubeFault as error:
            problem = problem or str(error).rstrip(".")
    raise NoLogYet(task, run, problem)


def last_error(log: str) -> str:
    """The sentence with which a step's process ended, "" where there is none."""
    found = ERROR_LINE.findall(log)
    return found[-1].strip() if found else ""


def _kept(api: PipelinesApi, run: ClusterRun, pod: Pod) -> str | None:
    try:
        answer = api.runs.run_service_read_artifact(run.run_id, pod.node_id, KEPT_LOG)
    except (NotThere, PipelinesTrouble, RequestRefused, RightMissing):
        return None
    try:
        return base64.b64decode(answer.data or "").decode("utf-8", "replace")
    except binascii.Error:
        return None


def _of_pod(api: PipelinesApi, pod: Pod, namespace: str) -> str:
    from kubernetes import client

    core = client.CoreV1Api(connect_kubernetes(api.address))
    with kube_faults(f"reading the log of pod {pod.name!r}"):
        answer = core.read_namespaced_pod_log(pod.name, namespace, container=CONTAINER, _preload_content=False)
        return answer.data.decode("utf-8", "replace")
