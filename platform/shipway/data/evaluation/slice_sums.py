"""Sums and histograms of one view over many slices at once, each made when a metric first asks for it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

from shipway.data.evaluation.errors import LabelsUnlike
from shipway.data.evaluation.histograms import (
    DEFAULT_BUCKETS,
    EPSILON,
    Histogram,
    Matrices,
    bucket_edges,
    from_and_before,
)
from shipway.data.evaluation.slicing import Slices
from shipway.data.evaluation.views import View

T = TypeVar("T")


class SliceSums:
    """What metrics are made of. Items are rows, or, for a view of several classes, all (row, class) pairs."""

    def __init__(self, view: View, slices: Slices) -> None:
        self.view = view
        self.slices = slices
        self.count = len(slices.keys)
        self._made: dict[Hashable, Any] = {}

    def rows(self, values: np.ndarray | None = None) -> np.ndarray:
        """Per slice the weighted sum of one value a row, [slices]; of 1 where no values are given."""
        weights = None if self.view.weights is None else self.slices.take(self.view.weights)
        if values is not None:
            own = self.slices.take(values)
            weights = own if weights is None else own * weights
        return np.bincount(self.slices.codes, weights=weights, minlength=self.count).astype(np.float64)

    def items(self, values: np.ndarray | None = None) -> np.ndarray:
        """Per slice the weighted sum over items, [slices]; `values` comes in the order of `item_labels`."""
        weights = self.item_weights
        if values is not None:
            weights = values if weights is None else values * weights
        return np.bincount(self.item_codes, weights=weights, minlength=self.count).astype(np.float64)

    @functools.cached_property
    def item_view(self) -> View:
        """The view with one label per prediction."""
        return self.view.paired()

    @functools.cached_property
    def item_labels(self) -> np.ndarray:
        return self.slices.take(self.item_view.labels).astype(np.float64, copy=False).ravel()

    @functools.cached_property
    def item_predictions(self) -> np.ndarray:
        return self.slices.take(self.item_view.predictions).astype(np.float64, copy=False).ravel()

    @functools.cached_property
    def item_weights(self) -> np.ndarray | None:
        weights, shape = self.view.weights, self.item_view.predictions.shape
        if weights is None:
            return None
        if weights.ndim == 1 and len(shape) > 1:
            weights = np.broadcast_to(weights[:, None], shape)
        return self.slices.take(weights).ravel()

    @functools.cached_property
    def item_codes(self) -> np.ndarray:
        width = int(np.prod(self.item_view.predictions.shape[1:]))
        return self.slices.codes if width == 1 else np.repeat(self.slices.codes, width)

    @functools.cached_property
    def label_total(self) -> np.ndarray:
        return self.items(self.item_labels)

    @functools.cached_property
    def prediction_total(self) -> np.ndarray:
        return self.items(self.item_predictions)

    @functools.cached_property
    def item_total(self) -> np.ndarray:
        return self.items()

    @functools.cached_property
    def fractional_labels(self) -> np.ndarray:
        """Item labels as the share of an item that is positive; raises `LabelsUnlike` outside of 0 to 1."""
        labels = self.item_labels
        outside = labels[(labels < -EPSILON) | (labels > 1 + EPSILON)]
        if len(outside):
            raise LabelsUnlike(
                self.view.label_name, f"a binary metric needs labels from 0 to 1, and there is {outside[0]:g}"
            )
        return labels

    @functools.cached_property
    def positive_weights(self) -> np.ndarray:
        weights = self.item_weights
        return self.fractional_labels if weights is None else self.fractional_labels * weights

    @functools.cached_property
    def negative_weights(self) -> np.ndarray:
        weights = self.item_weights
        rest = 1.0 - self.fractional_labels
        return rest if weights is None else rest * weights

    def histogram(self, buckets: int = DEFAULT_BUCKETS, left: float = 0.0, right: float = 1.0) -> Histogram:
        """TFMA's calibration histogram (`calibration_histogram.py`): bucket 0 lies left of `left`, the last right.

        Raises `LabelsUnlike` for a histogram from 0 to 1 and labels outside of that.
        """
        return self._kept(("histogram", buckets, left, right), lambda: self._histogram(buckets, left, right))

    def matrices_at(self, thresholds: tuple[float, ...]) -> Matrices:
        """Exact matrices: an item is predicted positive where its prediction is above the threshold."""
        return self._kept(("exact", thresholds), lambda: self._matrices_at(thresholds))

    def binned_matrices(self, thresholds: tuple[float, ...]) -> Matrices:
        """Matrices at many ascending thresholds, from the default histogram, as TFMA makes those of its curves.

        A bucket counts for the last threshold that is not above its left edge
        (`binary_confusion_matrices.binary_confusion_matrices` with `use_histogram`).
        """
        return self._kept(("binned", thresholds), lambda: self._binned_matrices(thresholds))

    def _kept(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _histogram(self, buckets: int, left: float, right: float) -> Histogram:
        labels = self.fractional_labels if (left, right) == (0.0, 1.0) else self.item_labels
        place = (self.item_predictions - left) / (right - left) * buckets + 1
        bucket = np.clip(place, 0, buckets + 1).astype(np.int64) + self.item_codes * (buckets + 2)
        weights = self.item_weights
        shape = (self.count, buckets + 2)

        def total(values: np.ndarray | None) -> np.ndarray:
            own = weights if values is None else values if weights is None else values * weights
            sums = np.bincount(bucket, weights=own, minlength=shape[0] * shape[1])
            return sums.astype(np.float64, copy=False).reshape(shape)

        return Histogram(total(labels), total(None), lambda: total(self.item_predictions))

    def _matrices_at(self, thresholds: tuple[float, ...]) -> Matrices:
        order = np.argsort(thresholds, kind="stable")
        ascending = np.asarray(thresholds, np.float64)[order]
        width = len(thresholds) + 1
        cell = np.searchsorted(ascending, self.item_predictions, side="left") + self.item_codes * width

        def counts(weights: np.ndarray) -> np.ndarray:
            return np.bincount(cell, weights=weights, minlength=self.count * width).reshape(self.count, width)

        after = 1 + np.argsort(order, kind="stable")
        tp, fn = from_and_before(counts(self.positive_weights), after)
        fp, tn = from_and_before(counts(self.negative_weights), after)
        return Matrices(np.asarray(thresholds, np.float64), tp=tp, tn=tn, fp=fp, fn=fn)

    def _binned_matrices(self, thresholds: tuple[float, ...]) -> Matrices:
        edges = [threshold + EPSILON if threshold != 0 else threshold for threshold in thresholds]
        place = np.searchsorted(edges, bucket_edges(DEFAULT_BUCKETS), side="right") - 1
        if thresholds[0] < 0:
            place = np.maximum(place, 0)
        first = np.searchsorted(place, np.arange(len(thresholds)), side="left")
        histogram = self.histogram()
        tp, fn = from_and_before(histogram.labels, first)
        fp, tn = from_and_before(histogram.examples - histogram.labels, first)
        beyond = np.asarray(thresholds) >= 1.0 + EPSILON
        tp[:, beyond] = fp[:, beyond] = 0.0
        fn[:, beyond], tn[:, beyond] = tp[:, :1], fp[:, :1]
        return Matrices(np.asarray(thresholds), tp=tp, tn=tn, fp=fp, fn=fn)
