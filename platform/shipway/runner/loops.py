"""Loops: the values of each iteration, how many iterations are open at once, and what they make together."""

from __future__ import annotations

from typing import Any

from shipway.errors import ContractError
from shipway.runner.outputs import Collected, Values, collect
from shipway.runner.scope import Node, Scope
from shipway.runner.spec import Dag, Loop
from shipway.runner.values import NotOfKind, coerce
from shipway.runner.wiring import WrongParameterKind, dag_outputs


class NotIterable(ContractError):
    """A loop over something that is no list."""

    def __init__(self, task: str, value: Any) -> None:
        super().__init__(f"Task {task!r} loops over {value!r}, which is not a list: check what produces it.")


class Iterations:
    """The scopes below a node: one for every item of a loop, a single one for a plain DAG."""

    def __init__(self, node: Node) -> None:
        loop = node.task.loop
        self.is_loop = loop is not None
        self.items = _items(node, loop) if loop else [node.inputs]
        self.limit = (loop.parallelism if loop else 1) or len(self.items)
        self.scopes: list[Scope] = []

    @property
    def open(self) -> int:
        return sum(not scope.closed for scope in self.scopes)

    @property
    def all_opened(self) -> bool:
        return len(self.scopes) == len(self.items)

    @property
    def may_open(self) -> bool:
        return not self.all_opened and self.open < self.limit

    def next_scope(self, node: Node) -> Scope:
        index = len(self.scopes)
        self.scopes.append(Scope(node.component, self.items[index], node, index if self.is_loop else None))
        return self.scopes[-1]

    def outputs(self, node: Node) -> Values:
        """What the DAG made; of a loop, lists in the order of its items, without the iterations that made nothing."""
        made = [dag_outputs(scope) for scope in self.scopes]
        if not self.is_loop:
            return made[0]
        dag = node.component.body
        assert isinstance(dag, Dag)
        return Values(
            {key: collect(_present(made, "parameters", key)) for key in dag.parameters},
            {key: _joined(_present(made, "artifacts", key)) for key in dag.artifacts},
        )


def _items(node: Node, loop: Loop) -> list[Values]:
    parameters, artifacts = node.inputs.parameters, node.inputs.artifacts
    if loop.over_artifacts:
        listed = artifacts.get(loop.items_input, [])
        return [Values(parameters, {**artifacts, loop.item_input: [artifact]}) for artifact in listed]
    items: Any = loop.items if loop.items is not None else parameters.get(loop.items_input)
    if not isinstance(items, list | tuple):
        raise NotIterable(node.name, items)
    return [Values({**parameters, loop.item_input: _typed(node, loop.item_input, item)}, artifacts) for item in items]


def _typed(node: Node, name: str, item: Any) -> Any:
    slot = node.component.parameters.get(name)
    if slot is None:
        return item
    try:
        return coerce(item, slot.kind)
    except NotOfKind:
        raise WrongParameterKind(node.name, name, item, slot.kind) from None


def _present(made: list[Values], side: str, key: str) -> list[Any]:
    return [getattr(values, side)[key] for values in made if key in getattr(values, side)]


def _joined(lists: list[Any]) -> Collected:
    return Collected(artifact for artifacts in lists for artifact in artifacts)
