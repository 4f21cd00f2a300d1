"""Columns of cells: nodes, and lanes that keep room for an edge that passes a column.

All edges of one node that pass a column share one lane: what fans out far away runs as one bundle until then, and a
graph of n nodes in m columns has at most n times m lanes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from shipway.dashboards.drawing.ranks import Link


@dataclass
class Columns:
    """Cells are numbers: those below `nodes` are the nodes, the others are lanes. `cells` is by column, in order."""

    nodes: int
    cells: list[list[int]]
    before: list[list[int]] = field(default_factory=list)
    after: list[list[int]] = field(default_factory=list)
    ways: dict[Link, list[int]] = field(default_factory=dict)

    def is_lane(self, cell: int) -> bool:
        return cell >= self.nodes


def make_columns(count: int, links: Collection[Link], ranks: Sequence[int]) -> Columns:
    """The cells of an acyclic graph; `ways` has for every link the cells from its source to its target."""
    columns = Columns(count, [[] for _ in range(max(ranks, default=-1) + 1)])
    for node in range(count):
        columns.cells[ranks[node]].append(node)
    lanes: dict[Link, int] = {}
    segments: dict[Link, None] = {}
    for source, target in links:
        way = [source]
        for rank in range(ranks[source] + 1, ranks[target]):
            if (source, rank) not in lanes:
                lanes[source, rank] = count + len(lanes)
                columns.cells[rank].append(lanes[source, rank])
            way.append(lanes[source, rank])
        columns.ways[source, target] = [*way, target]
        segments.update(dict.fromkeys(zip(way, [*way[1:], target], strict=True)))
    total = count + len(lanes)
    columns.before, columns.after = [[] for _ in range(total)], [[] for _ in range(total)]
    for left, right in segments:
        columns.after[left].append(right)
        columns.before[right].append(left)
    return columns
