"""What is drawn, and where it lies once it is: lengths are in pixels of the drawing, y grows downwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A box to place."""

    id: str
    label: str
    width: float
    height: float


@dataclass(frozen=True)
class Edge:
    """Something that goes from the node `source` to the node `target`; `key` tells edges of one pair apart."""

    source: str
    target: str
    key: str = ""


@dataclass(frozen=True)
class Place:
    """Where a box lies: `x` and `y` are of its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The y at which edges meet the box."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class DrawnEdge:
    """An edge as the path data of an SVG path. `backward`: it closes a cycle and points to the left."""

    source: str
    target: str
    key: str
    path: str
    backward: bool = False


@dataclass(frozen=True)
class Drawing:
    """A whole drawing: places by the ids of nodes, and the edges in the order in which they were given."""

    width: float
    height: float
    places: Mapping[str, Place]
    paths: Sequence[DrawnEdge]
