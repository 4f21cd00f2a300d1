"""The engine: which task may start, what it is given, and what its end means for the others.

It knows neither processes nor files. Ready leaves go to `submit`, which calls `finish` for each sooner or later, also
at once. Everything else (conditions, loops, exit handlers, nested pipelines) is a node with scopes below it.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shipway.errors import EnvironmentFault, ShipwayError
from shipway.runner.loops import Iterations
from shipway.runner.outputs import Values
from shipway.runner.scope import Node, Scope, State
from shipway.runner.selection import Selection
from shipway.runner.spec import Dag, PipelineSpec, flow_order
from shipway.runner.wiring import resolve_inputs

ENDED_BADLY = frozenset({State.FAILED, State.BLOCKED, State.CANCELLED})


class Engine:
    """Runs a pipeline's scopes.

    `facts` are the run's placeholders; `selection` leaves tasks out (`--until`). `ended` is told of every node that
    has ended, and whether a scope was opened below it.
    """

    def __init__(
        self,
        pipeline: PipelineSpec,
        submit: Callable[[Node], None],
        facts: Mapping[str, str],
        selection: Selection | None = None,
        ended: Callable[[Node, bool], None] | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.selection = selection
        self.cancelled = False
        self._root: Scope | None = None
        self._submit = submit
        self._ended = ended
        self._facts = facts
        self._below: dict[Node, Iterations] = {}
        self._work: deque[tuple[Callable[[Any], None], Node | Scope]] = deque()
        self._pumping = False

    def start(self, parameters: Mapping[str, Any]) -> None:
        self._root = Scope(self.pipeline.root, Values(parameters))
        self._open(self._root, self.selection)
        self._pump()

    @property
    def state(self) -> State:
        """How the whole run stands, or ended."""
        if self._root is None or not self._root.closed:
            return State.RUNNING
        return _verdict([self._root])

    def leaves(self) -> Iterator[Node]:
        """All leaves that exist by now."""
        waiting = [self._root] if self._root else []
        while waiting:
            scope = waiting.pop(0)
            for node in scope.nodes.values():
                if node in self._below:
                    waiting.extend(self._below[node].scopes)
                elif not isinstance(node.component.body, Dag):
                    yield node

    def finish(
        self, node: Node, state: State, outputs: Values | None = None, sentence: str = "", fresh: bool = True
    ) -> None:
        """A leaf has ended. `fresh` is False for a result taken over from an earlier process."""
        node.outputs = outputs or Values()
        node.fresh = fresh
        node.culprit = node.name if state is State.FAILED else ""
        self._end(node, state, sentence)
        self._pump()

    def cancel(self) -> None:
        """Start nothing more; what has not started by now counts as cancelled."""
        self.cancelled = True

    def _open(self, scope: Scope, selection: Selection | None) -> None:
        for task in flow_order(scope.dag.tasks):
            if selection is None or task.name in selection:
                scope.nodes[task.name] = Node(task, self.pipeline.components[task.component], scope)
        self._work.extend((self._visit, node) for node in scope.nodes.values())

    def _visit(self, node: Node) -> None:
        """Start the node if everything that it waits for has ended."""
        if node.state is not State.PENDING or not all(up.state.final for up in node.upstream):
            return
        held = (State.CANCELLED, "", "") if self.cancelled else _held_back(node)
        if held is not None:
            node.culprit = held[2]
            self._end(node, held[0], held[1])
            return
        try:
            node.inputs = resolve_inputs(node, self.facts_of(node))
            if node.task.condition and not _condition_holds(node):
                self._end(node, State.OMITTED, "its condition is false")
            else:
                node.state = State.RUNNING
                self._begin(node)
        except EnvironmentFault:
            raise
        except ShipwayError as error:
            node.fresh, node.culprit = True, node.name
            self._end(node, State.FAILED, str(error))

    def _begin(self, node: Node) -> None:
        if isinstance(node.component.body, Dag):
            self._below[node] = Iterations(node)
            self._advance(node)
        else:
            self._submit(node)

    def _advance(self, node: Node) -> None:
        """Open the next iterations of a loop (a plain DAG has one), or end it after the last."""
        below = self._below[node]
        while below.may_open and not self.cancelled:
            self._open(below.next_scope(node), self._selection_in(node))
        if below.open:
            return
        node.outputs = below.outputs(node) if below.scopes or below.is_loop else Values()
        children = [child for scope in below.scopes for child in scope.nodes.values()]
        node.fresh = any(child.fresh for child in children)
        failed = next((child for child in children if child.state in ENDED_BADLY), None)
        node.culprit = failed.culprit if failed else ""
        state = _verdict(below.scopes) if below.all_opened else State.CANCELLED
        self._end(node, state, failed.sentence if failed else "")

    def _end(self, node: Node, state: State, sentence: str = "") -> None:
        node.state, node.sentence = state, sentence
        if self._ended is not None:
            self._ended(node, node in self._below)
        self._work.extend((self._visit, other) for other in node.downstream)
        if node.scope.closed and node.scope.parent is not None:
            self._work.append((self._advance, node.scope.parent))

    def _pump(self) -> None:
        """Work off what has become possible; `finish` may be called from within."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._work:
                action, subject = self._work.popleft()
                action(subject)
        finally:
            self._pumping = False

    def facts_of(self, node: Node) -> dict[str, str]:
        """The placeholders of the run and of one task of it."""
        task_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._facts.get('pipeline_job_uuid')}/{node.name}")
        return {**self._facts, "pipeline_task_name": node.task.name, "pipeline_task_uuid": str(task_id)}

    def _selection_in(self, node: Node) -> Selection | None:
        """The part of the selection that is inside `node`."""
        outer = self.selection if node.scope.parent is None else self._selection_in(node.scope.parent)
        return None if outer is None else outer[node.task.name]


def _held_back(node: Node) -> tuple[State, str, str] | None:
    """What keeps a node from starting, a task before it that did not succeed: state, sentence and culprit."""
    if node.task.runs_always:
        return None
    for up in node.upstream:
        if up.state is State.CANCELLED:
            return State.CANCELLED, "", ""
        if up.state in ENDED_BADLY:
            return State.BLOCKED, f"task {up.culprit!r} failed", up.culprit
    for up in node.upstream:
        if up.state is State.OMITTED:
            return State.OMITTED, f"task {up.name!r} was skipped", ""
    return None


def _verdict(scopes: list[Scope]) -> State:
    states = {node.state for scope in scopes for node in scope.nodes.values()}
    if State.CANCELLED in states:
        return State.CANCELLED
    return State.FAILED if states & ENDED_BADLY else State.SUCCEEDED


def _condition_holds(node: Node) -> bool:
    from shipway.runner.conditions import holds

    return holds(node.task.condition, node.inputs.parameters)
