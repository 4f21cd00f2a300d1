"""Mean and variance of a stream, weighted or not, merged without losing digits."""

from __future__ import annotations

import math

import numpy as np


class Moments:
    """Running mean and population variance; a weight of 1 each where none are given.

    Merging follows Chan, Golub and LeVeque (1979), in the order that TFDV uses: the heavier side is the base. Infinite
    values therefore give a mean of NaN, as they do there.
    """

    def __init__(self) -> None:
        self.weight = 0.0
        self.mean = 0.0
        self.variance = 0.0

    def add(self, values: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add float64 values (any shape of one dimension), with float64 weights of the same length or none."""
        if not values.size:
            return
        with np.errstate(all="ignore"):
            if weights is None:
                self._combine(float(values.size), float(values.mean()), float(values.var()))
                return
            total = float(weights.sum())
            if total:
                mean = float(np.dot(weights, values)) / total
                self._combine(total, mean, float(np.dot(weights, (values - mean) ** 2)) / total)

    def merge(self, other: Moments) -> None:
        self._combine(other.weight, other.mean, other.variance)

    @property
    def deviation(self) -> float:
        """The standard deviation; 0 where the variance is not a number."""
        return math.sqrt(self.variance) if self.variance > 0 else 0.0

    def _combine(self, weight: float, mean: float, variance: float) -> None:
        base = (self.weight, self.mean, self.variance)
        more = (weight, mean, variance)
        if more[0] > base[0]:
            base, more = more, base
        total = base[0] + more[0]
        if not total:
            return
        ratio = more[0] / total
        self.weight = total
        self.mean = base[1] + ratio * (more[1] - base[1])
        self.variance = base[2] + ratio * (more[2] - base[2] + (more[1] - self.mean) * (more[1] - base[1]))
