"""Predictions in buckets and at thresholds, for many slices at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

DEFAULT_BUCKETS = 10_000
EPSILON = 1e-7


@dataclass(frozen=True)
class Matrices:
    """Confusion matrices of every slice at every threshold: weights, [slices, thresholds]."""

    thresholds: np.ndarray
    tp: np.ndarray
    tn: np.ndarray
    fp: np.ndarray
    fn: np.ndarray


@dataclass(frozen=True)
class Histogram:
    """Weighted sums per slice and bucket, [slices, buckets]: two buckets more than asked for, for what lies outside."""

    labels: np.ndarray
    examples: np.ndarray
    predictions: Callable[[], np.ndarray]


def bucket_edges(buckets: int, left: float = 0.0, right: float = 1.0) -> np.ndarray:
    """The left edges of a histogram's buckets; those of the outer two are infinite."""
    inner = np.arange(buckets) / buckets * (right - left) + left
    return np.concatenate(([-np.inf], inner, [np.inf]))


def interpolated_thresholds(count: int) -> tuple[float, ...]:
    """Keras' evenly spaced thresholds, with the outer two just outside of 0 and 1."""
    return (-EPSILON, *((i + 1) / (count - 1) for i in range(count - 2)), 1.0 + EPSILON)


def from_and_before(sums: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From sums per bucket, [slices, buckets], those over the buckets from each of `first` on, and those before it."""
    nothing = np.zeros((len(sums), 1))
    onward = np.concatenate((np.cumsum(sums[:, ::-1], axis=1)[:, ::-1], nothing), axis=1)
    before = np.concatenate((nothing, np.cumsum(sums, axis=1)), axis=1)
    return onward[:, first], before[:, first]
