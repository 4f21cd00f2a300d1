"""Parts of a pipeline, by the names of tasks: what `--until STEP` runs, and what lies below a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shipway.errors import UsageError
from shipway.runner.outputs import Values
from shipway.runner.parameters import closest
from shipway.runner.scope import Node, Scope
from shipway.runner.spec import Component, Dag, PipelineSpec, Task, flow_order

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


class Leaf(NamedTuple):
    """A task that is no DAG, by its name without the numbers of loops. `certain`: no condition or loop is around it."""

    name: str
    component: Component
    certain: bool


def selected_leaves(pipeline: PipelineSpec, selection: Selection | None) -> Iterator[Leaf]:
    """The leaves of the selection in the order of the flow; one of a loop's body comes once."""
    yield from _leaves(pipeline, pipeline.root, selection, "", True)


def leaves_below(pipeline: PipelineSpec, node: Node) -> Iterator[str]:
    """The names of the leaves that `node` would have run; its own name if it is one."""
    if not isinstance(node.component.body, Dag):
        yield node.name
        return
    scope = Scope(node.component, Values(), node)
    for task in flow_order(scope.dag.tasks):
        yield from leaves_below(pipeline, Node(task, pipeline.components[task.component], scope))


def _leaves(
    pipeline: PipelineSpec, component: Component, selection: Selection | None, prefix: str, certain: bool
) -> Iterator[Leaf]:
    for task in flow_order(pipeline.dag(component).tasks):
        inner = pipeline.components[task.component]
        if selection is not None and task.name not in selection:
            continue
        sure = certain and not task.condition and task.loop is None
        if isinstance(inner.body, Dag):
            below = selection[task.name] if selection is not None else None
            yield from _leaves(pipeline, inner, below, _prefix(task, prefix), sure)
        else:
            yield Leaf(prefix + task.name, inner, sure)


def _names(pipeline: PipelineSpec, component: Component, prefix: str) -> Iterator[str]:
    for task in pipeline.dag(component).tasks.values():
        inner = pipeline.components[task.component]
        if not task.is_group:
            yield prefix + task.name
        if isinstance(inner.body, Dag):
            yield from _names(pipeline, inner, _prefix(task, prefix))


def _prefix(task: Task, prefix: str) -> str:
    return prefix if task.is_group else f"{prefix}{task.name}."
