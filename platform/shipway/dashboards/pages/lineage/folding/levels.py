"""How far a graph is folded: as little as it takes for the picture to be read, or as a person asks."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from shipway.dashboards.pages.lineage.folding.alike import alike
from shipway.dashboards.pages.lineage.folding.chains import chains
from shipway.dashboards.pages.lineage.folding.quotient import Group, fold
from shipway.dashboards.pages.lineage.folding.runs import runs
from shipway.dashboards.pages.lineage.graph import Graph

Finder = Callable[[Graph, AbstractSet[str]], list[Group]]

AUTO = "auto"
LEVELS: dict[str, tuple[Finder, ...]] = {
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
    known: dict[tuple[Finder, ...], Graph] = {(): graph}
    if level in LEVELS:
        return _fold_by(LEVELS[level], known, pinned, opened), level
    for name, finders in LEVELS.items():
        result = _fold_by(finders, known, pinned, opened)
        if len(result.vertices) <= READABLE:
            return result, name
    return result, name


def _fold_by(
    finders: tuple[Finder, ...],
    known: dict[tuple[Finder, ...], Graph],
    pinned: AbstractSet[str],
    opened: frozenset[str],
) -> Graph:
    """The graph folded one way after the other; what the first ways gave for another level is `known`."""
    if finders not in known:
        before = _fold_by(finders[:-1], known, pinned, opened)
        known[finders] = fold(before, finders[-1](before, pinned), opened)
    return known[finders]
