"""How far a graph is folded: as little as it takes for the picture to be read, or as a person asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from shipway.dashboards.pages.lineage.folding.alike import alike
from shipway.dashboards.pages.lineage.folding.chains import chains
from shipway.dashboards.pages.lineage.folding.quotient import Group, fold
from shipway.dashboards.pages.lineage.folding.runs import runs
from shipway.dashboards.pages.lineage.graph import Graph

Finder = Callable[[Graph, AbstractSet[str]], list[Group]]

AUTO = "auto"
LEVELS: dict[str, Sequence[Finder]] = {
    "none": (),
    "alike": (alike,),
    "chains": (alike, chains),
    "runs": (runs, alike),
    "all": (runs, alike, chains),
}
"""The ways of folding at each level, from the least folded to the most."""

READABLE = 60
"""Vertices in a picture that a person takes in."""


def folded(
    graph: Graph, level: str, pinned: AbstractSet[str], opened: frozenset[str] = frozenset()
) -> tuple[Graph, str]:
    """The graph at a level of `LEVELS`, and which that is: `AUTO` is the first at which it can be read."""
    if level in LEVELS:
        return _fold_by(graph, LEVELS[level], pinned, opened), level
    for name, finders in LEVELS.items():
        result = _fold_by(graph, finders, pinned, opened)
        if len(result.vertices) <= READABLE:
            return result, name
    return result, name


def _fold_by(graph: Graph, finders: Sequence[Finder], pinned: AbstractSet[str], opened: frozenset[str]) -> Graph:
    for find in finders:
        graph = fold(graph, find(graph, pinned), opened)
    return graph
