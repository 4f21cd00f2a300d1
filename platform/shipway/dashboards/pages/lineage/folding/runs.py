"""The executions of one run, and with them the artifacts that they made or that only they used."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from shipway.dashboards.pages.lineage.folding.quotient import Group
from shipway.dashboards.pages.lineage.graph import ARTIFACT, EXECUTION, RUN, Graph, Vertex

FEWEST = 3


def runs(graph: Graph, pinned: AbstractSet[str]) -> list[Group]:
    """A group of at least three vertices for every run that has so many, without those that are `pinned`."""
    members: dict[str, list[Vertex]] = {}
    for key, vertex in graph.vertices.items():
        run_id = _run_of(graph, vertex)
        if run_id and key not in pinned:
            members.setdefault(run_id, []).append(vertex)
    ordered = {run_id: sorted(found, key=lambda one: one.order) for run_id, found in members.items()}
    return [Group(RUN, run_id, [one.key for one in found]) for run_id, found in ordered.items() if len(found) >= FEWEST]


def _run_of(graph: Graph, vertex: Vertex) -> str:
    """The run that a vertex belongs to; "" for an artifact that nobody made and several runs used."""
    if vertex.kind == EXECUTION:
        return vertex.run_id
    if vertex.kind != ARTIFACT:
        return ""
    producers = [graph.vertices[one] for one in graph.before[vertex.key]]
    if producers:
        return min(producers, key=lambda one: one.order).run_id
    return _only(graph.vertices[one].run_id for one in graph.after[vertex.key])


def _only(run_ids: Iterable[str]) -> str:
    found = set(run_ids)
    return next(iter(found)) if len(found) == 1 else ""
