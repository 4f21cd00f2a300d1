"""Histograms, as counts by bucket that can be taken back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

STEP_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 36000.0)
RUN_SECONDS = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 36000.0, 86400.0)


class Buckets:
    """How many values lie up to each bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """Count a value; -1 `times` takes it back."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times

    def cumulated(self) -> list[tuple[str, float]]:
        """As Prometheus has them: each bucket counts all up to its bound."""
        result: list[tuple[str, float]] = []
        so_far = 0
        for bound, count in zip((*self.bounds, None), self.counts, strict=True):
            so_far += count
            result.append(("+Inf" if bound is None else str(bound), so_far))
        return result
