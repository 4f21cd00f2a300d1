"""Vertices that have the same place in the graph, such as 50 spans that all went into one training.

Two vertices are alike when they are of one sort and what lies before and after them is alike in turn: the coarsest
bisimulation, found by refining classes until they stay. Paige, Tarjan, "Three Partition Refinement Algorithms", SIAM
Journal on Computing 16 (1987), has a faster way; graphs here have at most some thousand vertices.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from shipway.dashboards.pages.lineage.folding.quotient import Group
from shipway.dashboards.pages.lineage.graph import ALIKE, Graph

FEWEST = 3


def alike(graph: Graph, pinned: AbstractSet[str]) -> list[Group]:
    """Groups of at least three vertices that are alike, without those that are `pinned`."""
    members: dict[int, list[str]] = {}
    for key, number in _classes(graph, pinned).items():
        if key not in pinned:
            members.setdefault(number, []).append(key)
    ordered = (sorted(keys, key=lambda key: graph.vertices[key].order) for keys in members.values())
    return [Group(ALIKE, keys[0], keys) for keys in ordered if len(keys) >= FEWEST]


def _classes(graph: Graph, pinned: AbstractSet[str]) -> dict[str, int]:
    """The number of each vertex's class."""
    classes = _numbered(
        {key: (one.kind, one.sort, key if key in pinned else "") for key, one in graph.vertices.items()}
    )
    count = len(set(classes.values()))
    while True:
        refined = _numbered({key: (classes[key], *_surroundings(graph, key, classes)) for key in graph.vertices})
        refined_count = len(set(refined.values()))
        if refined_count == count:
            return classes
        classes, count = refined, refined_count


def _surroundings(graph: Graph, key: str, classes: dict[str, int]) -> Sequence[frozenset[object]]:
    before = frozenset((classes[one], graph.arrows[one, key]) for one in graph.before[key])
    after = frozenset((classes[one], graph.arrows[key, one]) for one in graph.after[key])
    return before, after


def _numbered(values: dict[str, tuple[object, ...]]) -> dict[str, int]:
    numbers: dict[tuple[object, ...], int] = {}
    return {key: numbers.setdefault(value, len(numbers)) for key, value in values.items()}
