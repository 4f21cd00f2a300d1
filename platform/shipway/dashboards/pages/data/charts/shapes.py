"""What a small chart is made of, in pixels; `templates/data/charts.html` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 220.0, 84.0
TOP, BASE = 4.0, 66.0
"""Bars stand on `BASE`; below it there is room for a line of text."""
LEAST = 1.0
"""What is there at all is so many pixels high or wide."""


@dataclass(frozen=True)
class Bar:
    """A rectangle; `title` says its numbers to those who point at it."""

    x: float
    y: float
    width: float
    height: float
    title: str
    is_odd: bool = False


@dataclass(frozen=True)
class Label:
    """Text; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Chart:
    """`filled` is of this data set, `outlined` of the other; `notes` say what cannot be drawn."""

    filled: Sequence[Bar]
    outlined: Sequence[Bar]
    labels: Sequence[Label]
    notes: Sequence[str] = ()
    height: float = HEIGHT

    @property
    def width(self) -> float:
        return WIDTH


def bar(x: float, y: float, width: float, height: float, title: str, is_odd: bool = False) -> Bar:
    """A bar that can be seen, at a tenth of a pixel."""
    return Bar(round(x, 1), round(y, 1), round(max(width, LEAST), 1), round(max(height, LEAST), 1), title, is_odd)


def standing(x: float, width: float, height: float, title: str) -> Bar:
    """A bar on the base line; `height` is a part, from 0 to 1, of the room above it."""
    pixels = max(height * (BASE - TOP), LEAST)
    return bar(x, BASE - pixels, width, pixels, title)
