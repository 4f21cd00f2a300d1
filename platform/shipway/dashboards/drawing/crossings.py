"""The order of the cells in their columns: few edges cross when every cell stands at the mean of its neighbours."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from shipway.dashboards.drawing.columns import Columns

SWEEPS = 8


def order_cells(columns: Columns) -> None:
    """Put the cells of every column in an order with few crossings: the best that a few sweeps there and back find."""
    columns.cells = _by_first_visit(columns)
    best, fewest = columns.cells, _crossings(columns, columns.cells)
    cells = columns.cells
    for sweep in range(SWEEPS):
        if not fewest:
            break
        cells = _swept(columns, cells, to_the_right=sweep % 2 == 0)
        crossings = _crossings(columns, cells)
        if crossings < fewest:
            best, fewest = cells, crossings
    columns.cells = best


def _by_first_visit(columns: Columns) -> list[list[int]]:
    """Cells in the order in which a walk from the left meets them, so that what belongs together begins together."""
    visited: dict[int, None] = {}
    for column in columns.cells:
        for cell in column:
            stack = [cell]
            while stack:
                here = stack.pop()
                if here not in visited:
                    visited[here] = None
                    stack.extend(reversed(columns.after[here]))
    place = {cell: index for index, cell in enumerate(visited)}
    return [sorted(column, key=place.__getitem__) for column in columns.cells]


def _swept(columns: Columns, cells: list[list[int]], to_the_right: bool) -> list[list[int]]:
    neighbours = columns.before if to_the_right else columns.after
    result = list(cells)
    places = {cell: place for column in cells for cell, place in _places(column).items()}
    for index in range(len(result)) if to_the_right else reversed(range(len(result))):
        means = {cell: _mean([places[one] for one in neighbours[cell]], places[cell]) for cell in result[index]}
        result[index] = sorted(result[index], key=means.__getitem__)
        places.update(_places(result[index]))
    return result


def _places(column: Sequence[int]) -> dict[int, float]:
    """Where cells stand in their column, from 0 to 1: columns of few and of many cells are compared."""
    return {cell: (index + 0.5) / len(column) for index, cell in enumerate(column)}


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _crossings(columns: Columns, cells: list[list[int]]) -> int:
    """How many pairs of segments cross: inversions of the right ends, taken in the order of the left ones."""
    total = 0
    for left, right in pairwise(cells):
        place = {cell: index for index, cell in enumerate(right)}
        met: list[int] = []
        for cell in left:
            ends = sorted(place[other] for other in columns.after[cell])
            total += sum(len(met) - bisect_right(met, end) for end in ends)
            for end in ends:
                insort(met, end)
    return total
