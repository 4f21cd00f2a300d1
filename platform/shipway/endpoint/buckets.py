"""Histograms as Prometheus has them, kept as plain numbers: cheap to count, and able to take a value back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


class Buckets:
    """Counts by bucket, the last one for what is above all `bounds`, and the `total` of the values."""

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
        return cumulated(self.bounds, self.counts)


def cumulated(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Buckets by the text of their bound, each with the count of all values up to that; the last one is `+Inf`."""
    result: list[tuple[str, float]] = []
    so_far = 0
    for bound, count in zip((*bounds, None), counts, strict=True):
        so_far += count
        result.append(("+Inf" if bound is None else str(float(bound)), so_far))
    return result
