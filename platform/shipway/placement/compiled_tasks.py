"""The tasks of a compiled pipeline that become pods, wherever they are nested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

STEP_COMMAND = ["python", "-m", "shipway.step"]
FUNCTION_FLAG = "--function_to_execute"
NUMBERS = re.compile(r"(-\d+)+$")
KFP_OPERATIONS = frozenset({"argostub/createpvc", "argostub/deletepvc"})
"""Images that stand for what Kubeflow's driver does itself, without a pod of the task's own."""


@dataclass(frozen=True)
class CompiledTask:
    """A task that runs a container. `dag` is the component around it, "root" for the pipeline itself."""

    name: str
    step: str
    dag: str
    component: str
    executor: str
    is_own_step: bool
    """Whether it runs a step of Shipway's contract, and not a container of any other kind."""


def compiled_tasks(pipeline: dict[str, Any]) -> list[CompiledTask]:
    """All of them, the pipeline's own before those of its components."""
    return [task for dag, tasks in _dags(pipeline) for task in _container_tasks(pipeline, dag, tasks)]


def task_body(pipeline: dict[str, Any], task: CompiledTask) -> dict[str, Any]:
    """The task as it stands in its DAG."""
    around = pipeline["root"] if task.dag == "root" else pipeline["components"][task.dag]
    body: dict[str, Any] = around["dag"]["tasks"][task.name]
    return body


def container_of(pipeline: dict[str, Any], executor: str) -> dict[str, Any]:
    """What an executor runs; empty for an importer."""
    executors = (pipeline.get("deploymentSpec") or {}).get("executors") or {}
    container: dict[str, Any] = (executors.get(executor) or {}).get("container") or {}
    return container


def normal(name: str) -> str:
    """A step's or task's name as Kubeflow writes it."""
    return name.lower().replace("_", "-")


def _dags(pipeline: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    bodies = {"root": pipeline.get("root") or {}, **(pipeline.get("components") or {})}
    for name, body in bodies.items():
        if "dag" in body:
            yield name, body["dag"].get("tasks") or {}


def _container_tasks(pipeline: dict[str, Any], dag: str, tasks: dict[str, Any]) -> Iterator[CompiledTask]:
    for name, body in tasks.items():
        component = body.get("componentRef", {}).get("name", "")
        executor = (pipeline.get("components") or {}).get(component, {}).get("executorLabel", "")
        container = container_of(pipeline, executor)
        if container and container.get("image") not in KFP_OPERATIONS:
            own = list(container.get("command") or ())[:3] == STEP_COMMAND
            yield CompiledTask(name, _step_name(container, executor, own), dag, component, executor, own)


def _step_name(container: dict[str, Any], executor: str, own: bool) -> str:
    """What its writer called it: the step, the function of a Python component, or else the component."""
    arguments = list(container.get("args") or ())
    if own and arguments:
        return normal(str(arguments[0]).rpartition(".")[2])
    if FUNCTION_FLAG in arguments[:-1]:
        return normal(str(arguments[arguments.index(FUNCTION_FLAG) + 1]))
    return NUMBERS.sub("", executor.removeprefix("exec-"))
