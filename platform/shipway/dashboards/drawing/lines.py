"""Line charts: values along time or along spans, with thresholds; at most `LINES` lines, each with a dash of its own.

::

    chart = line_chart([Line("auc", [Point(1, 0.74, "span 1: 0.74", "/models/7")])], [Bound(0.7, "at least 0.7")])

`templates/macros/charts.html` draws it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shipway.dashboards.drawing.number_scale import number_ticks, short_number

LINES = 6
WIDTH, HEIGHT = 640.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 12.0, 30.0
LABELS = 7
"""Labels that fit below the axis."""


@dataclass(frozen=True)
class Point:
    """A value; `title` is its text for those who point at it or cannot see it, `address` where it leads."""

    x: float
    y: float
    title: str
    address: str = ""


@dataclass(frozen=True)
class Line:
    """Points by ascending x; None where the line is broken."""

    name: str
    points: Sequence[Point | None]


@dataclass(frozen=True)
class Bound:
    """A value that is not to be passed, drawn across the chart."""

    y: float
    title: str


@dataclass(frozen=True)
class Mark:
    """A point, or a tick of an axis, in pixels."""

    x: float
    y: float
    title: str
    address: str = ""


@dataclass(frozen=True)
class DrawnLine:
    """`number` from 1 to `LINES` tells its colour, its dash and the form of its marks."""

    name: str
    number: int
    path: str
    marks: Sequence[Mark]


@dataclass(frozen=True)
class LineChart:
    """What the macro draws. Ticks lie on their axes; `left_out` is how many lines there was no room for."""

    width: float
    height: float
    lines: Sequence[DrawnLine]
    bounds: Sequence[Mark]
    x_ticks: Sequence[Mark]
    y_ticks: Sequence[Mark]
    left_out: int = 0

    @property
    def left(self) -> float:
        return LEFT

    @property
    def right(self) -> float:
        return self.width - RIGHT


def line_chart(
    lines: Sequence[Line],
    bounds: Sequence[Bound] = (),
    *,
    x_label: Callable[[float], str] = short_number,
    y_label: Callable[[float], str] = short_number,
    from_zero: bool = False,
) -> LineChart | None:
    """The chart, or None where no line has a finite value.

    Args:
        x_label, y_label: what stands at a tick; ticks of x stand at points.
        from_zero: the axis of y begins at 0, whatever the values.
    """
    shown = [_finite(line) for line in lines[:LINES]]
    points = [point for line in shown for point in line.points if point is not None]
    if not points:
        return None
    limits = [bound for bound in bounds if math.isfinite(bound.y)]
    heights = [*(point.y for point in points), *(bound.y for bound in limits), *([0.0] if from_zero else [])]
    ticks = number_ticks(min(heights), max(heights))
    places = sorted({point.x for point in points})

    def across(x: float) -> float:
        length = places[-1] - places[0]
        share = (x - places[0]) / length if length else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def down(y: float) -> float:
        return round(HEIGHT - BOTTOM - (y - ticks[0]) / (ticks[-1] - ticks[0]) * (HEIGHT - TOP - BOTTOM), 1)

    return LineChart(
        width=WIDTH,
        height=HEIGHT,
        lines=[_drawn(line, number, across, down) for number, line in enumerate(shown, 1)],
        bounds=[Mark(LEFT, down(bound.y), bound.title) for bound in limits],
        x_ticks=[Mark(across(x), HEIGHT - BOTTOM, x_label(x)) for x in _labelled(places)],
        y_ticks=[Mark(LEFT, down(y), y_label(y)) for y in ticks],
        left_out=max(0, len(lines) - LINES),
    )


def _finite(line: Line) -> Line:
    points = [point if point and math.isfinite(point.x) and math.isfinite(point.y) else None for point in line.points]
    return Line(line.name, points)


def _drawn(line: Line, number: int, across: Callable[[float], float], down: Callable[[float], float]) -> DrawnLine:
    path: list[str] = []
    marks: list[Mark] = []
    is_broken = True
    for point in line.points:
        if point is None:
            is_broken = True
            continue
        x, y = across(point.x), down(point.y)
        path.append(f"{'M' if is_broken else 'L'}{x:g} {y:g}")
        marks.append(Mark(x, y, point.title, point.address))
        is_broken = False
    return DrawnLine(line.name, number, "".join(path), marks)


def _labelled(places: Sequence[float]) -> list[float]:
    """Some of the places, evenly chosen, the last one always."""
    every = -(-len(places) // LABELS)
    return sorted({*places[len(places) - 1 :: -every]})
