"""One vertex in the place of a group: the arrows inside go, those to the outside stay and are joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.lineage.graph import Arrow, Graph, Vertex


@dataclass(frozen=True)
class Group:
    """Vertices, by their keys, that may be folded into one of this `kind`, in the order in which a person reads them.

    `name` tells the group from others of its kind.
    """

    kind: str
    name: str
    keys: Sequence[str]

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"


def fold(graph: Graph, groups: Iterable[Group], opened: frozenset[str] = frozenset()) -> Graph:
    """The graph with one vertex for each group that is not `opened`. No vertex may be in two groups."""
    place = {key: key for key in graph.vertices}
    folded: dict[str, Vertex] = {}
    for group in groups:
        if group.key not in opened:
            folded[group.key] = _vertex(group, [graph.vertices[key] for key in group.keys])
            place.update(dict.fromkeys(group.keys, group.key))
    vertices = {key: folded.get(key) or graph.vertices[key] for key in dict.fromkeys(place.values())}
    arrows: dict[Arrow, frozenset[str]] = {}
    for (source, target), names in graph.arrows.items():
        arrow = place[source], place[target]
        if arrow[0] != arrow[1]:
            arrows[arrow] = arrows.get(arrow, frozenset()) | names
    return Graph(vertices, arrows)


def _vertex(group: Group, members: Sequence[Vertex]) -> Vertex:
    sorts = sorted({one.sort for one in members})
    runs = {leaf.run_id for one in members for leaf in one.leaves if leaf.run_id}
    return Vertex(
        key=group.key,
        kind=group.kind,
        sort="\n".join((group.kind, *sorts)),
        run_id=next(iter(runs)) if len(runs) == 1 else "",
        members=tuple(members),
    )
