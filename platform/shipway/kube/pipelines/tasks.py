"""From the nodes of a workflow to the tasks of a pipeline.

A task is two or more nodes: a driver, which decides on inputs and cache, and what then does the work, which holds one
pod for each attempt. Groups (conditions, loops, exit handlers) and nested pipelines are nodes around others.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shipway.kube.pipelines.node_names import DRIVER, DRIVER_SUFFIX, EXECUTOR, IMPORTER, task_name
from shipway.kube.pipelines.records import (
    CANCELLED,
    CANCELLING,
    FAILED,
    PENDING,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    ClusterRun,
    ClusterTask,
    Pod,
)
from shipway.kube.pipelines.skipped import NEEDS_FAILED, tasks_in_skipped_groups, why_skipped
from shipway.kube.pipelines.workflow import nodes_of, workflow_name

STATES = {
    "Pending": PENDING, "Running": RUNNING, "Succeeded": SUCCEEDED, "Skipped": SKIPPED, "Omitted": SKIPPED,
    "Failed": FAILED, "Error": FAILED, "": PENDING,
}  # fmt: skip
STOPPED = re.compile(r"exceeded its deadline|longer than the specified deadline|[Tt]erminat|workflow shutdown")
Node = Mapping[str, Any]


def tasks_of(run: ClusterRun, workflow: Mapping[str, Any]) -> list[ClusterTask]:
    """The tasks that a run has come to, in the order in which they began."""
    name = workflow_name(workflow)
    nodes = {str(node["name"]): node for node in nodes_of(workflow).values()}
    bare = {_task_path(node) for node in nodes.values() if _is_of_a_task(node)}
    tasks = [_stopped(_task(path, name, nodes), run) for path in bare]
    tasks += tasks_in_skipped_groups(workflow, nodes)
    return sorted(tasks, key=lambda task: (task.started == 0.0, task.started, task.name))


def _is_of_a_task(node: Node) -> bool:
    template = str(node.get("templateName", ""))
    return template in (DRIVER, IMPORTER) or template.endswith("system-container-executor")


def _task_path(node: Node) -> str:
    path = str(node["name"])
    return path.removesuffix(DRIVER_SUFFIX) if node.get("templateName") == DRIVER else path


def _task(path: str, workflow: str, nodes: Mapping[str, Node]) -> ClusterTask:
    driver = nodes.get(path + DRIVER_SUFFIX)
    body = nodes.get(path)
    attempts = _attempts(path, body, nodes)
    task = ClusterTask(
        name=task_name(path.removeprefix(f"{workflow}.")),
        key=path.rpartition(".")[2],
        state=PENDING,
        pods=[_pod(node, workflow) for node in attempts],
        driver=_pod(driver, workflow) if driver else None,
    )
    return _timed(_judged(task, driver, body, attempts), driver, attempts)


def _attempts(path: str, body: Node | None, nodes: Mapping[str, Node]) -> list[Node]:
    """The nodes that are pods of the task itself, the last attempt last."""
    if body is not None and body.get("type") == "Pod":
        return [body]
    inside = f"{path}.{EXECUTOR}"
    pods = [node for name, node in nodes.items() if name.startswith(inside) and node.get("type") == "Pod"]
    return sorted(pods, key=lambda node: (_seconds(node.get("startedAt")), str(node["name"])))


def _judged(task: ClusterTask, driver: Node | None, body: Node | None, attempts: Sequence[Node]) -> ClusterTask:
    decided = _phase(driver)
    if decided in (FAILED, SKIPPED) and (body is None or _phase(body) == SKIPPED):
        message = _message(driver) if decided == FAILED else NEEDS_FAILED
        return replace(task, state=decided, message=message)
    if body is None:
        return replace(task, message=_message(driver) if decided == PENDING else "")
    state = _phase(body)
    if state == SKIPPED:
        return replace(task, state=SKIPPED, message=why_skipped(body))
    if state == SUCCEEDED:
        return replace(task, state=state, cached=_output(driver, "cached-decision") == "true")
    if state == FAILED:
        told = [_message(node) for node in reversed(attempts)] or [_message(body)]
        return replace(task, state=state, message=next(filter(None, told), ""))
    waiting = attempts[-1] if attempts else None
    return replace(task, state=RUNNING if _phase(waiting) == RUNNING else PENDING, message=_message(waiting))


def _timed(task: ClusterTask, driver: Node | None, attempts: Sequence[Node]) -> ClusterTask:
    """A task takes as long as its pods, one that runs until now; a cached one has none and began with its driver."""
    began = _seconds(attempts[0].get("startedAt")) if attempts else _seconds((driver or {}).get("startedAt"))
    ended = (
        time.time()
        if task.state == RUNNING
        else max((_seconds(one.get("finishedAt")) for one in attempts), default=began)
    )
    return replace(task, started=began, seconds=max(0.0, ended - began))


def _stopped(task: ClusterTask, run: ClusterRun) -> ClusterTask:
    """In a run that was terminated a pod that was stopped has not failed."""
    if run.state in (CANCELLED, CANCELLING) and task.state == FAILED and STOPPED.search(task.message):
        return replace(task, state=CANCELLED)
    return task


def _pod(node: Node, workflow: str) -> Pod:
    """Argo calls the pod after the workflow, the template and the digest at the end of the node's id."""
    digest = str(node["id"]).rpartition("-")[2]
    return Pod(str(node["id"]), f"{workflow}-{node.get('templateName', '')}-{digest}")


def _phase(node: Node | None) -> str:
    return STATES.get(str((node or {}).get("phase", "")), PENDING)


def _message(node: Node | None) -> str:
    return " ".join(str((node or {}).get("message") or "").split())


def _output(node: Node | None, name: str) -> str:
    parameters: Iterable[Mapping[str, Any]] = ((node or {}).get("outputs") or {}).get("parameters") or []
    return next((str(one.get("value", "")) for one in parameters if one.get("name") == name), "")


def _seconds(moment: Any) -> float:
    if not moment:
        return 0.0
    return datetime.fromisoformat(str(moment).replace("Z", "+00:00")).timestamp()
