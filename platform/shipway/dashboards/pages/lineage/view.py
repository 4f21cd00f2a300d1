"""What the page of a lineage graph shows: a picture, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from shipway.dashboards.pages.lineage.asked import BOTH, DOWN, UP, Asked
from shipway.dashboards.pages.lineage.folding.levels import folded
from shipway.dashboards.pages.lineage.graph import ARTIFACT, Graph, Vertex, graph_of
from shipway.dashboards.pages.lineage.labels import CACHED, Label, Labels
from shipway.dashboards.pages.lineage.picture import Picture, picture_of
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.neighbourhood import Neighbourhood, neighbourhood

MOST = 700
"""Artifacts and executions that are read for one page."""

DRAWN_AT_MOST = 300
LISTED_AT_MOST = 400
FOUND_AT_MOST = 50
NEIGHBOURS_LISTED = 12
CENTRE = "#centre"


@dataclass(frozen=True)
class Row:
    """A vertex in the table. `way` leads on from it: centred on it, or with it opened; `page` to all of it alone."""

    anchor: str
    label: Label
    way: str
    way_word: str
    page: str
    is_found: bool
    is_root: bool
    before: Sequence[tuple[str, str]]
    before_count: int
    after: Sequence[tuple[str, str]]
    after_count: int


@dataclass(frozen=True)
class LineagePage:
    """The graph around an artifact. `picture` is None where it would have too many boxes to be read.

    `left_out`: how many executions and artifacts within the depth were not read; `found`: how many hold the text.
    """

    artifact: RecordedArtifact
    asked: Asked
    level: str
    picture: Picture | None
    rows: Sequence[Row]
    vertices: int
    artifacts: int
    executions: int
    found: int
    left_out: int


def lineage_page(queries: LineageQueries, artifact: RecordedArtifact, asked: Asked) -> LineagePage:
    """All of the page of an artifact."""
    around = neighbourhood(
        queries.service,
        artifact.id,
        up=asked.direction in (UP, BOTH),
        down=asked.direction in (DOWN, BOTH),
        depth=asked.depth,
        most=MOST,
    )
    return page_of(artifact, asked, around)


def page_of(artifact: RecordedArtifact, asked: Asked, around: Neighbourhood) -> LineagePage:
    """The page of a part of the lineage that has been read."""
    whole, labels = graph_of(around), Labels(around)
    found = _found(whole, labels, asked.find)
    root = f"a{artifact.id}"
    graph, level = folded(whole, asked.fold, frozenset((root, *found[:FOUND_AT_MOST])), asked.opened)
    texts = {key: labels.of(vertex) for key, vertex in graph.vertices.items()}
    marks = _Marks(around, root, frozenset(found))
    drawn = len(graph.vertices) <= DRAWN_AT_MOST
    ways = {key: way_from(asked, vertex, texts[key]) for key, vertex in graph.vertices.items()}
    picture = picture_of(graph, texts, root, partial(_click, ways), marks.of) if drawn else None
    return LineagePage(
        artifact=artifact,
        asked=asked,
        level=level,
        picture=picture,
        rows=[_row(graph, one, texts, ways[one.key], marks) for one in _ordered(graph)[:LISTED_AT_MOST]],
        vertices=len(graph.vertices),
        artifacts=len(around.graph.artifacts),
        executions=len(around.graph.executions),
        found=len(found),
        left_out=sum(around.unfollowed.values()) + sum(around.untaken.values()),
    )


def way_from(asked: Asked, vertex: Vertex, label: Label) -> tuple[str, str]:
    """Where a click on a vertex leads, and a word for it."""
    if vertex.members:
        return asked.address(opened=asked.opened | {vertex.key}), "open"
    if vertex.kind == ARTIFACT:
        return asked.centred_on(vertex.id), "centre"
    return label.href, "look"


def _click(ways: Mapping[str, tuple[str, str]], vertex: Vertex) -> str:
    """Where a click in the drawing leads: from drawing to drawing, which then shows its middle."""
    address, _ = ways[vertex.key]
    return address + CENTRE if vertex.members or vertex.kind == ARTIFACT else address


@dataclass(frozen=True)
class _Marks:
    """Which classes of style a vertex has."""

    around: Neighbourhood
    root: str
    found: frozenset[str]

    def of(self, vertex: Vertex) -> str:
        marks = []
        if vertex.key == self.root:
            marks.append("root")
        if self.found and self.is_found(vertex):
            marks.append("found")
        states = {self._state(leaf) for leaf in vertex.leaves}
        marks += [name.lower() for name in (CACHED, "DELETED", "FAILED", "RUNNING") if name in states]
        return " ".join(marks)

    def is_found(self, vertex: Vertex) -> bool:
        return any(leaf.key in self.found for leaf in vertex.leaves)

    def _state(self, leaf: Vertex) -> str:
        if leaf.kind == ARTIFACT:
            return self.around.graph.artifacts[leaf.id].state
        return self.around.graph.executions[leaf.id].state


def _found(graph: Graph, labels: Labels, text: str) -> list[str]:
    """The keys of what holds every word of a text."""
    words = text.casefold().split()
    if not words:
        return []
    texts = {key: labels.texts(vertex).casefold() for key, vertex in graph.vertices.items()}
    return [key for key, held in texts.items() if all(word in held for word in words)]


def _ordered(graph: Graph) -> list[Vertex]:
    """The vertices in the order in which data flows, as far as there is one; of several ways the oldest first."""
    waiting = {key: len(before) for key, before in graph.before.items()}
    ready = sorted((key for key, count in waiting.items() if not count), key=lambda key: graph.vertices[key].order)
    result: list[Vertex] = []
    while ready:
        key = ready.pop(0)
        result.append(graph.vertices[key])
        for after in sorted(graph.after[key], key=lambda one: graph.vertices[one].order):
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    in_cycles = [vertex for key, vertex in graph.vertices.items() if waiting[key] > 0]
    return result + in_cycles


def _row(graph: Graph, vertex: Vertex, texts: Mapping[str, Label], way: tuple[str, str], marks: _Marks) -> Row:
    address, word = way
    before, after = graph.before[vertex.key], graph.after[vertex.key]
    return Row(
        anchor=anchor(vertex.key),
        label=texts[vertex.key],
        way=address,
        way_word=word,
        page=texts[vertex.key].href,
        is_found=marks.is_found(vertex),
        is_root=vertex.key == marks.root,
        before=[(texts[one].title, anchor(one)) for one in before[:NEIGHBOURS_LISTED]],
        before_count=len(before),
        after=[(texts[one].title, anchor(one)) for one in after[:NEIGHBOURS_LISTED]],
        after_count=len(after),
    )


def anchor(key: str) -> str:
    """A vertex's key as the id of an element: a run may have any name."""
    return "at-" + key.encode("utf-8", "surrogatepass").hex() if ":" in key else f"at-{key}"
