"""Small lines beside a number: how a metric went over the last versions. The numbers stand in its title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, INSET = 96.0, 26.0, 4.0


@dataclass(frozen=True)
class Spark:
    """A line in pixels; (`x`, `y`) is its last point."""

    path: str
    x: float
    y: float
    title: str

    @property
    def width(self) -> float:
        return WIDTH

    @property
    def height(self) -> float:
        return HEIGHT


def spark(metric: str, values: Sequence[float | None]) -> Spark | None:
    """The line of finite values, the oldest first, broken where there is none; None for fewer than two."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    path: list[str] = []
    x = y = 0.0
    is_broken = True
    for place, value in enumerate(values):
        if value is not None:
            x = round(INSET + place / (len(values) - 1) * (WIDTH - 2 * INSET), 1)
            share = (value - low) / (high - low) if high > low else 0.5
            y = round(HEIGHT - INSET - share * (HEIGHT - 2 * INSET), 1)
            path.append(f"{'M' if is_broken else 'L'}{x:g} {y:g}")
        is_broken = value is None
    said = ", ".join("none" if value is None else f"{value:.4g}" for value in values)
    return Spark("".join(path), x, y, f"{metric[:100]} of the last {len(values)} versions, the oldest first: {said}")
