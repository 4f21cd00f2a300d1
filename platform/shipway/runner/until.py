"""`--until STEP`: the part of a pipeline that a step needs, and the step itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.errors import UsageError
from shipway.runner.parameters import closest
from shipway.runner.spec import Component, Dag, PipelineSpec, Task

Selection = Mapping[str, Any]
"""Tasks to run by name, each with None (all that is in it) or the selection inside it."""


class UnknownTask(UsageError):
    """A step that the pipeline does not have."""

    def __init__(self, pipeline: str, name: str, known: list[str]) -> None:
        hint = closest(name, known)
        super().__init__(f"Pipeline {pipeline!r} has no step {name!r}{hint}; it has {', '.join(known)}.")


def select_until(pipeline: PipelineSpec, name: str) -> Selection:
    """The tasks that must run for the task `name`, which may be spelled with '_' as its function is.

    Raises `UnknownTask`.
    """
    wanted = name.replace("_", "-")
    selection = _select(pipeline, pipeline.root, wanted, "")
    if not selection:
        raise UnknownTask(pipeline.name, name, list(dict.fromkeys(_names(pipeline, pipeline.root, ""))))
    return selection


def _select(pipeline: PipelineSpec, component: Component, wanted: str, prefix: str) -> dict[str, Any]:
    tasks = pipeline.dag(component).tasks
    selection: dict[str, Any] = {}
    for task in tasks.values():
        inner = pipeline.components[task.component]
        below = _select(pipeline, inner, wanted, _prefix(task, prefix)) if isinstance(inner.body, Dag) else {}
        if prefix + task.name == wanted:
            selection[task.name] = None
        elif below:
            selection[task.name] = below
    for name in list(selection):
        for ancestor in _ancestors(tasks, name):
            selection[ancestor] = None
    return selection


def _ancestors(tasks: Mapping[str, Task], name: str) -> set[str]:
    found: set[str] = set()
    waiting = list(tasks[name].upstream)
    while waiting:
        task = waiting.pop()
        if task not in found:
            found.add(task)
            waiting.extend(tasks[task].upstream)
    return found


def _names(pipeline: PipelineSpec, component: Component, prefix: str) -> Iterator[str]:
    for task in pipeline.dag(component).tasks.values():
        inner = pipeline.components[task.component]
        if not task.is_group:
            yield prefix + task.name
        if isinstance(inner.body, Dag):
            yield from _names(pipeline, inner, _prefix(task, prefix))


def _prefix(task: Task, prefix: str) -> str:
    return prefix if task.is_group else f"{prefix}{task.name}."
