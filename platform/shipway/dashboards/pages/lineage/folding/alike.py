"""Vertices that have the same place in the graph, such as 50 spans that all went into one training.

Two vertices are alike when they are of one sort and what lies before and after them is alike in turn: the coarsest
bisimulation, found by refining classes until they stay. As in Paige, Tarjan, "Three Partition Refinement Algorithms",
SIAM Journal on Computing 16 (1987), the largest part of a class that falls apart keeps its number, so that no more is
looked at again than the neighbours of the smaller parts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from shipway.dashboards.pages.lineage.folding.quotient import Group
from shipway.dashboards.pages.lineage.graph import ALIKE, Graph

FEWEST = 3

Surroundings = Mapping[str, list[tuple[str, Hashable]]]
"""The neighbours of each vertex, each with its side and the names on the arrow between."""


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
    sorts = {key: (one.kind, one.sort, key if key in pinned else "") for key, one in graph.vertices.items()}
    numbers = {sort: number for number, sort in enumerate(dict.fromkeys(sorts.values()))}
    classes = {key: numbers[sort] for key, sort in sorts.items()}
    members: dict[int, set[str]] = {}
    for key, number in classes.items():
        members.setdefault(number, set()).add(key)
    around = _surroundings(graph)
    touched: set[str] = set(graph.vertices)
    while touched:
        moved = [key for part in _parts(around, classes, members, touched) for key in _move(part, classes, members)]
        touched = {neighbour for key in moved for neighbour, _ in around[key]}
    return classes


def _surroundings(graph: Graph) -> Surroundings:
    names = {one: number for number, one in enumerate(dict.fromkeys(graph.arrows.values()))}
    around: dict[str, list[tuple[str, Hashable]]] = {key: [] for key in graph.vertices}
    for (source, target), one in graph.arrows.items():
        around[source].append((target, (names[one], "after")))
        around[target].append((source, (names[one], "before")))
    return around


def _parts(
    around: Surroundings, classes: Mapping[str, int], members: Mapping[int, set[str]], touched: Iterable[str]
) -> list[list[str]]:
    """The smaller parts of the classes that fall apart.

    Members of a class that are not `touched` are all alike: what lies around them has not changed since they were
    compared, so one of them stands for all.
    """
    by_class: dict[int, list[str]] = {}
    for key in touched:
        by_class.setdefault(classes[key], []).append(key)
    found: list[list[str]] = []
    for number, keys in by_class.items():
        if len(members[number]) == 1:
            continue
        parts: dict[frozenset[object], list[str]] = {}
        for key in keys:
            parts.setdefault(frozenset((classes[one], name) for one, name in around[key]), []).append(key)
        rest = members[number].difference(keys)
        if rest:
            one = next(iter(rest))
            parts.setdefault(frozenset((classes[other], name) for other, name in around[one]), []).extend(rest)
        found += sorted(parts.values(), key=len)[:-1]
    return found


def _move(part: list[str], classes: dict[str, int], members: dict[int, set[str]]) -> list[str]:
    """Give a part of a class a number of its own; its members."""
    number = len(members)
    members[classes[part[0]]].difference_update(part)
    members[number] = set(part)
    classes.update(dict.fromkeys(part, number))
    return part
