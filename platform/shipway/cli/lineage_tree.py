"""A lineage graph as lines of a tree. What is shared is drawn once and referred to after that.

Results from the cache are one line's remark, not branches: they have the same inputs and the same outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shipway.lineage import LineageGraph, RecordedArtifact, RecordedExecution

BRANCH, LAST, PIPE, BLANK = "├─ ", "└─ ", "│  ", "   "
CACHED = "CACHED"
TELLING = ("span", "version", "rows", "blessed", "approved", "by", "pushed_version")
"""Metadata that says at a glance which artifact this is."""


@dataclass(frozen=True)
class Node:
    """A line of the tree, and where to go on from it."""

    text: str
    artifact: int | None = None
    execution: int | None = None


def tree_up(graph: LineageGraph) -> list[str]:
    """What the graph's root was made from: below an artifact its maker, below an execution its inputs."""

    def children(node: Node) -> list[Node]:
        if node.artifact is not None:
            return [_execution(graph, *makers) for makers in [graph.producers_of(node.artifact)] if makers]
        return [_artifact(graph, one, node.execution, False) for one in graph.inputs_of(node.execution or 0)]

    return _draw(Node("", artifact=graph.root), children)


def tree_down(graph: LineageGraph) -> list[str]:
    """What was made from the graph's root: below an artifact its consumers, below an execution its outputs."""

    def children(node: Node) -> list[Node]:
        if node.artifact is not None:
            return [_execution(graph, *alike) for alike in _alike(graph, graph.consumers_of(node.artifact))]
        return [_artifact(graph, one, node.execution, True) for one in graph.outputs_of(node.execution or 0)]

    return _draw(Node("", artifact=graph.root), children)


def _alike(graph: LineageGraph, executions: list[RecordedExecution]) -> list[list[RecordedExecution]]:
    """Executions with the cached ones that gave the same outputs behind each."""
    groups: dict[tuple[str, object], list[RecordedExecution]] = {}
    for one in sorted(executions, key=lambda e: (e.state == CACHED, e.id)):
        outputs = tuple(sorted(artifact.id for artifact in graph.outputs_of(one.id)))
        groups.setdefault((one.step, outputs or one.id), []).append(one)
    return sorted(groups.values(), key=lambda group: group[0].id)


def _execution(graph: LineageGraph, first: RecordedExecution, *again: RecordedExecution) -> Node:
    state = "" if first.state == "COMPLETE" else f", {first.state.lower()}"
    remark = f", and {len(again)} time{'s' if len(again) > 1 else ''} from the cache" if again else ""
    where = first.run_id or "outside of runs"
    return Node(f"{first.task}  ({where}{state}{remark})", execution=first.id)


def _artifact(graph: LineageGraph, artifact: RecordedArtifact, execution: int | None, is_output: bool) -> Node:
    keys = (e.key for e in graph.edges if (e.execution_id, e.artifact_id) == (execution, artifact.id))
    facts = [f"{name} {artifact.metadata[name]}" for name in TELLING if name in artifact.metadata]
    gone = [] if artifact.state == "LIVE" else [artifact.state.lower()]
    detail = f"  ({', '.join(facts + gone)})" if facts or gone else ""
    return Node(f"{next(keys, '')}: {artifact.type_name} {artifact.id}{detail}", artifact=artifact.id)


def _draw(root: Node, children: Callable[[Node], list[Node]]) -> list[str]:
    """Depth first with a stack of its own: lineage may be deeper than Python's calls may nest."""
    lines: list[str] = []
    seen: set[tuple[int | None, int | None]] = {(root.artifact, root.execution)}
    stack = _branches(children(root), "")
    while stack:
        node, lead, indent = stack.pop()
        below = children(node)
        own = (node.artifact, node.execution)
        if own in seen and below:
            lines.append(f"{lead}{node.text}  (as above)")
            continue
        seen.add(own)
        lines.append(f"{lead}{node.text}")
        stack.extend(_branches(below, indent))
    return lines


def _branches(nodes: list[Node], indent: str) -> list[tuple[Node, str, str]]:
    """Nodes, the first on top of the stack, with what stands before their line and before their children's."""
    result = [(node, indent + BRANCH, indent + PIPE) for node in nodes[:-1]]
    result += [(node, indent + LAST, indent + BLANK) for node in nodes[-1:]]
    return result[::-1]
