"""Rows of vertices, each of which only leads to the next, as a step and its only output that only one step uses."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from shipway.dashboards.pages.lineage.folding.quotient import Group
from shipway.dashboards.pages.lineage.graph import CHAIN, Graph

FEWEST = 4


def chains(graph: Graph, pinned: AbstractSet[str]) -> list[Group]:
    """The longest rows of at least four vertices, none of them `pinned`."""
    following = {
        key: after[0]
        for key, after in graph.after.items()
        if len(after) == 1 and len(graph.before[after[0]]) == 1 and pinned.isdisjoint((key, after[0]))
    }
    led_to = set(following.values())
    rows = ([first] for first in following if first not in led_to)
    whole = [_completed(row, following) for row in rows]
    return [Group(CHAIN, row[0], row) for row in whole if len(row) >= FEWEST]


def _completed(row: list[str], following: dict[str, str]) -> list[str]:
    while row[-1] in following:
        row.append(following[row[-1]])
    return row
