"""From a graph to a drawing: columns, order in them, heights, and the curves between.

The steps are Sugiyama's: K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System
Structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from shipway.dashboards.drawing.columns import Columns, make_columns
from shipway.dashboards.drawing.crossings import order_cells
from shipway.dashboards.drawing.graph import Drawing, DrawnEdge, Edge, Node, Place
from shipway.dashboards.drawing.heights import place_cells
from shipway.dashboards.drawing.ranks import Link, rank_nodes, without_cycles

MARGIN = 12.0
GAP_BETWEEN_COLUMNS = 52.0
GAP_IN_COLUMN = 16.0
LANE_HEIGHT = 6.0


def layout(nodes: Sequence[Node], edges: Sequence[Edge]) -> Drawing:
    """Draw a graph from left to right.

    A node is drawn once, however often it is given. An edge with an end that is not there is left out, as is one from a
    node to itself. Edges that close a cycle point to the left; every other one points to the right.
    """
    boxes = list({node.id: node for node in nodes}.values())
    numbers = {node.id: number for number, node in enumerate(boxes)}
    known = [one for one in edges if one.source in numbers and one.target in numbers and one.source != one.target]
    pairs = dict.fromkeys((numbers[one.source], numbers[one.target]) for one in known)
    backward = without_cycles(len(boxes), pairs)
    links = list(dict.fromkeys(_turned(pair, backward) for pair in pairs))
    columns = make_columns(len(boxes), links, rank_nodes(len(boxes), links))
    order_cells(columns)
    cells, width, height = _cells(columns, boxes)
    places = {node.id: _place(cells[number], node) for number, node in enumerate(boxes)}
    paths = []
    for edge in known:
        pair = numbers[edge.source], numbers[edge.target]
        way = [cells[cell] for cell in columns.ways[_turned(pair, backward)]]
        path = _path(way, places[edge.target if pair in backward else edge.source].right, pair in backward)
        paths.append(DrawnEdge(edge.source, edge.target, edge.key, path, pair in backward))
    return Drawing(width, height, places, paths)


def _turned(pair: Link, backward: set[Link]) -> Link:
    return (pair[1], pair[0]) if pair in backward else pair


def _cells(columns: Columns, boxes: Sequence[Node]) -> tuple[Mapping[int, Place], float, float]:
    """The place of every cell, as wide as its column, and the size of the whole."""
    lanes = len(columns.after) - len(boxes)
    heights = [box.height for box in boxes] + [LANE_HEIGHT] * lanes
    middles = place_cells(columns, heights, GAP_IN_COLUMN)
    top = min((middle - height / 2 for middle, height in zip(middles, heights, strict=True)), default=0.0)
    places: dict[int, Place] = {}
    x = MARGIN
    for column in columns.cells:
        width = max(boxes[cell].width if cell < len(boxes) else 0.0 for cell in column)
        for cell in column:
            y = middles[cell] - heights[cell] / 2 - top + MARGIN
            places[cell] = Place(round(x, 1), round(y, 1), round(width, 1), heights[cell])
        x += width + GAP_BETWEEN_COLUMNS
    right = max((place.right for place in places.values()), default=0.0)
    bottom = max((place.bottom for place in places.values()), default=0.0)
    return places, round(right + MARGIN, 1), round(bottom + MARGIN, 1)


def _place(cell: Place, node: Node) -> Place:
    """A node's own place; it stands at the left of its column and has its own width."""
    return Place(cell.x, cell.y, node.width, node.height)


def _path(way: Sequence[Place], begin: float, backward: bool) -> str:
    """A curve through cells from left to right, from the x `begin` on, or the same curve from right to left.

    A cell's column is crossed on a level, where nothing else is.
    """
    points = [(begin, way[0].middle), (way[0].right, way[0].middle)]
    for cell in way[1:-1]:
        points += [(cell.x, cell.middle), (cell.right, cell.middle)]
    points.append((way[-1].x, way[-1].middle))
    steps = list(dict.fromkeys(points[::-1] if backward else points))
    parts = ["M{:g} {:g}".format(*steps[0])]
    for (x, y), (to_x, to_y) in pairwise(steps):
        if y == to_y:
            parts.append(f"H{to_x:g}")
        else:
            bend = (x + to_x) / 2
            parts.append(f"C{bend:g} {y:g} {bend:g} {to_y:g} {to_x:g} {to_y:g}")
    return "".join(parts)
