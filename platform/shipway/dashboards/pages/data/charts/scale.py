"""Where numbers stand along a chart, however far apart they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

DECADES = 4
"""How far down a logarithmic scale of heights goes: to a ten-thousandth of the highest."""


@dataclass(frozen=True)
class Scale:
    """From `low` to `high` in pixels from `left` on. Differences are taken of halves: those of doubles overflow."""

    low: float
    high: float
    left: float
    width: float

    @classmethod
    def over(cls, values: Iterable[float], left: float, width: float) -> Scale | None:
        """A scale that holds the finite ones of the values; None where there are none."""
        finite = [value for value in values if math.isfinite(value)]
        return cls(min(finite), max(finite), left, width) if finite else None

    @property
    def is_point(self) -> bool:
        return not self._half > 0

    @property
    def _half(self) -> float:
        return self.high / 2 - self.low / 2

    def share(self, low: float, high: float) -> float:
        """The part of the scale that lies between two numbers on it."""
        return (high / 2 - low / 2) / self._half if self._half > 0 else 0.0

    def place(self, value: float) -> float:
        """Pixels; in the middle where the scale is a point."""
        return self.left + self.width * (self.share(self.low, value) if self._half > 0 else 0.5)


def height_of(part: float, highest: float, logarithmic: bool) -> float:
    """How high something is, as a part of the highest: from 0 to 1."""
    if not highest > 0 or not part > 0:
        return 0.0
    if not logarithmic:
        return part / highest
    return max(0.0, 1 + math.log10(part / highest) / DECADES)
