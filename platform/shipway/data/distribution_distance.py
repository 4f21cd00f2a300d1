"""How far apart two distributions are, by the measures with which TFDV tells drift and skew.

TFDV's own code ends the process over statistics that it does not expect, which a server cannot let a file do. These
are its definitions (tensorflow_data_validation/anomalies/metrics.cc) over the same histograms, held to its answers by
tests. All are from 0, the same, to 1.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


def l_infinity(first: Mapping[str, float], second: Mapping[str, float]) -> float | None:
    """The greatest difference between the shares that a value has; None where one side has no values."""
    totals = sum(first.values()), sum(second.values())
    if not all(total > 0 for total in totals):
        return None
    return max(abs(first.get(one, 0) / totals[0] - second.get(one, 0) / totals[1]) for one in {**first, **second})


def jensen_shannon_of_values(first: Mapping[str, float], second: Mapping[str, float]) -> float | None:
    """The Jensen-Shannon divergence, in bits, of counts by value; None where one side has no values."""
    values = sorted(first.keys() | second.keys())
    return _divergence([first.get(one, 0.0) for one in values], [second.get(one, 0.0) for one in values])


def jensen_shannon(first: Any, second: Any) -> float | None:
    """The Jensen-Shannon divergence, in bits, of two Histograms of one type; None where one of them is empty.

    Values are taken to lie evenly in their buckets. Buckets of a single value are matched by it; whatever has no end
    matches nothing.
    """
    mine, theirs = _Masses.of(first), _Masses.of(second)
    edges = sorted({edge for one in (mine, theirs) for edge in one.edges})
    points = sorted(mine.points.keys() | theirs.points.keys())
    p = [*mine.spread(edges), *(mine.points.get(one, 0.0) for one in points)]
    q = [*theirs.spread(edges), *(theirs.points.get(one, 0.0) for one in points)]
    nan = (first.num_nan, second.num_nan) if mine.edges == theirs.edges else (0, 0)  # TFDV drops them elsewhere
    p += [mine.endless, 0.0, nan[0], 0.0]
    q += [0.0, theirs.endless, 0.0, nan[1]]
    return _divergence(p, q)


@dataclass
class _Masses:
    """What a histogram holds: buckets with a width, single values, and what has no end."""

    buckets: list[tuple[float, float, float]] = field(default_factory=list)
    points: dict[float, float] = field(default_factory=dict)
    endless: float = 0.0

    @classmethod
    def of(cls, histogram: Any) -> _Masses:
        found = cls()
        for one in histogram.buckets:
            if not (math.isfinite(one.low_value) and math.isfinite(one.high_value)):
                found.endless += one.sample_count
            elif one.low_value >= one.high_value:
                found.points[one.low_value] = found.points.get(one.low_value, 0.0) + one.sample_count
            else:
                found.buckets.append((one.low_value, one.high_value, one.sample_count))
        return found

    @property
    def edges(self) -> set[float]:
        return {edge for low, high, _ in self.buckets for edge in (low, high)}

    def spread(self, edges: Sequence[float]) -> list[float]:
        """The mass between each two of `edges`, which hold the buckets' own."""
        masses = [0.0] * max(0, len(edges) - 1)
        for low, high, count in self.buckets:
            inside = range(bisect_left(edges, low), bisect_left(edges, high))
            for place, part in zip(inside, _parts(edges[inside.start : inside.stop + 1]), strict=True):
                masses[place] += count * part
        return masses


def _parts(edges: Sequence[float]) -> Iterator[float]:
    """The parts of the way from the first edge to the last; of halves, for differences of doubles overflow."""
    whole = edges[-1] / 2 - edges[0] / 2
    steps = [high / 2 - low / 2 for low, high in pairwise(edges)]
    return (step / whole if whole else 1 / len(steps) for step in steps)


def _divergence(p: Iterable[float], q: Iterable[float]) -> float | None:
    p, q = _normalized(p), _normalized(q)
    if not (p and q):
        return None
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return min(1.0, max(0.0, (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2))


def _kullback_leibler(p: Sequence[float], q: Sequence[float]) -> float:
    return sum(a * math.log2(a / b) for a, b in zip(p, q, strict=True) if a > 0 and b > 0)


def _normalized(masses: Iterable[float]) -> list[float]:
    found = list(masses)
    total = sum(found)
    return [one / total for one in found] if total > 0 and math.isfinite(total) else []
