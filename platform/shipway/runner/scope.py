"""The state of a run: nodes, which are tasks, inside scopes, which are DAGs that were given values.

A scope holds nodes; a node that runs a DAG holds a scope, and a loop one scope for every item. That recursion is all
there is: conditions, loops, exit handlers and nested pipelines are nodes like any other.
"""

from __future__ import annotations

import enum
import functools
import json
from collections.abc import Mapping
from typing import Any

from shipway.runner.outputs import Values
from shipway.runner.spec import UNSET, Component, Dag, Task

GROUP_INPUT = "pipelinechannel--"
SUBVAR = "-subvar-"


class State(enum.Enum):
    """Where a node stands. OMITTED: its condition is false. BLOCKED: something that it waits for failed."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    OMITTED = "OMITTED"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"

    @property
    def final(self) -> bool:
        return self not in (State.PENDING, State.RUNNING)


class Node:
    """One task in one scope.

    `fresh`: it was worked on in this process, not taken over from an earlier one. `sentence` says why it did not
    succeed, and `culprit` names the task that failed, which may be another one.
    """

    def __init__(self, task: Task, component: Component, scope: Scope) -> None:
        self.task = task
        self.component = component
        self.scope = scope
        self.state = State.PENDING
        self.inputs = Values()
        self.outputs = Values()
        self.sentence = ""
        self.culprit = ""
        self.fresh = False

    @property
    def upstream(self) -> list[Node]:
        return [self.scope.nodes[name] for name in self.task.upstream]

    @property
    def downstream(self) -> list[Node]:
        return [node for node in self.scope.nodes.values() if self.task.name in node.task.upstream]

    @property
    def after_fresh(self) -> bool:
        """Whether anything that this node depends on was worked on in this process."""
        parent = self.scope.parent
        return any(node.fresh for node in self.upstream) or (parent is not None and parent.after_fresh)

    @functools.cached_property
    def name(self) -> str:
        """Unique in its run and fit for a path: `train`, in a nested pipeline `inner.train`, in a loop `train.0`."""
        indices: list[str] = []
        segments = [self.task.name]
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.index is not None:
                indices.insert(0, str(scope.index))
            parent = scope.parent
            if parent is not None and not parent.task.is_group:
                segments[0] = ".".join([segments[0], *indices])
                segments.insert(0, parent.task.name)
                indices = []
            scope = parent.scope if parent is not None else None
        segments[0] = ".".join([segments[0], *indices])
        return ".".join(segments)


class Scope:
    """A DAG that was given values; `index` is its place in the loop that `parent` is, if it is one."""

    def __init__(
        self, component: Component, inputs: Values, parent: Node | None = None, index: int | None = None
    ) -> None:
        assert isinstance(component.body, Dag)
        self.component = component
        self.dag: Dag = component.body
        self.inputs = inputs
        self.parent = parent
        self.index = index
        self.nodes: dict[str, Node] = {}

    @property
    def closed(self) -> bool:
        return all(node.state.final for node in self.nodes.values())

    def parameter(self, name: str) -> Any:
        """A parameter that this scope was given, `UNSET` when it was not.

        A channel called `<item>-subvar-<key>` is a field of a loop's item, which KFP's compiler does not always wire.
        """
        value = self._find(name, lambda values: values.parameters)
        item, subvar, key = name.partition(SUBVAR)
        if value is UNSET and subvar:
            whole = self._find(item, lambda values: values.parameters)
            fields = json.loads(whole) if isinstance(whole, str) else whole
            return fields.get(key, UNSET) if isinstance(fields, dict) else UNSET
        return value

    def artifacts(self, name: str) -> Any:
        return self._find(name, lambda values: values.artifacts)

    @property
    def is_pipeline(self) -> bool:
        """Whether this is a pipeline, and not a group (condition, loop, exit handler) inside one."""
        return self.parent is None or not self.parent.task.is_group

    def _find(self, name: str, side: Any) -> Any:
        """KFP's compiler forgets to hand some channels down (an outer loop's item into an f-string of an inner loop, a
        looped-over parameter into an exit handler), so what a group lacks is looked for around it, in its pipeline."""
        scope = self
        while name not in side(scope.inputs) and scope.parent is not None and scope.parent.task.is_group:
            scope = scope.parent.scope
        values: Mapping[str, Any] = side(scope.inputs)
        return values.get(name, values.get(name.removeprefix(GROUP_INPUT), UNSET) if scope.is_pipeline else UNSET)
