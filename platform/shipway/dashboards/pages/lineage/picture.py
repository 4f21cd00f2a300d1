"""A graph as an SVG picture: which box lies where, what is written on it and where a click leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.drawing import Edge, Node, layout
from shipway.dashboards.pages.lineage.graph import Graph, Vertex
from shipway.dashboards.pages.lineage.labels import Label

WIDTH, HEIGHT = 200.0, 46.0
TITLE_LENGTH, DETAIL_LENGTH = 22, 26
WHOLE_LENGTH = 300


@dataclass(frozen=True)
class Box:
    """One vertex. `x` and `y` are of its upper left corner, in pixels; `whole` is shown when it is pointed at."""

    x: float
    y: float
    kind: str
    marks: str
    title: str
    detail: str
    whole: str
    href: str
    is_centre: bool


@dataclass(frozen=True)
class Line:
    """An arrow as the path data of SVG, and under which names data goes along it."""

    path: str
    names: str


@dataclass(frozen=True)
class Picture:
    """A drawing with all that is in it, in the order in which a keyboard goes through it."""

    width: float
    height: float
    box_width: float
    box_height: float
    boxes: Sequence[Box]
    lines: Sequence[Line]


def picture_of(
    graph: Graph,
    labels: Mapping[str, Label],
    centre: str,
    href: Callable[[Vertex], str],
    marks: Callable[[Vertex], str],
) -> Picture:
    """The picture of a graph around the vertex `centre`.

    `href` says where a vertex leads, `marks` which classes of style it has.
    """
    nodes = [Node(key, labels[key].title, WIDTH, HEIGHT) for key in graph.vertices]
    edges = [Edge(source, target, ", ".join(sorted(names))) for (source, target), names in graph.arrows.items()]
    drawing = layout(nodes, edges)
    boxes = [
        Box(
            x=place.x,
            y=place.y,
            kind=graph.vertices[key].kind,
            marks=marks(graph.vertices[key]),
            title=cut(labels[key].title, TITLE_LENGTH),
            detail=cut(labels[key].detail, DETAIL_LENGTH),
            whole=cut(f"{labels[key].what}: {labels[key].title} ({labels[key].detail})", WHOLE_LENGTH),
            href=href(graph.vertices[key]),
            is_centre=key == centre,
        )
        for key, place in sorted(drawing.places.items(), key=lambda item: (item[1].x, item[1].y))
    ]
    lines = [Line(one.path, cut(one.key, WHOLE_LENGTH)) for one in drawing.paths]
    return Picture(drawing.width, drawing.height, WIDTH, HEIGHT, boxes, lines)


def cut(text: str, length: int) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1] + "…"
