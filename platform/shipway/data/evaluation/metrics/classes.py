"""How often the right class is the predicted one, or among the first k."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shipway.data.evaluation.metrics.kind import Compute, MetricKind, Options, dense_view, ratio, sparse_view
from shipway.data.evaluation.slice_sums import SliceSums

DEFAULT_K = 5
ClassesOf = Callable[[np.ndarray], np.ndarray]


def sparse_classes(labels: np.ndarray) -> np.ndarray:
    """Class numbers as they are."""
    return labels.astype(np.int64)


def dense_classes(labels: np.ndarray) -> np.ndarray:
    """The class of the largest entry of each row."""
    return labels.argmax(axis=1)


def accuracy(classes_of: ClassesOf) -> Compute:
    """The metric of the share of rows whose largest prediction is their class."""

    def compute(sums: SliceSums, options: Options) -> np.ndarray:
        right = sums.view.predictions.argmax(axis=1) == classes_of(sums.view.labels)
        return ratio(sums.rows(right.astype(np.float64)), sums.rows())

    return compute


def top_k_accuracy(classes_of: ClassesOf) -> Compute:
    """The metric of the share of rows where fewer than `k` classes are predicted above their class."""

    def compute(sums: SliceSums, options: Options) -> np.ndarray:
        predictions = sums.view.predictions
        own = np.take_along_axis(predictions, classes_of(sums.view.labels)[:, None], axis=1)
        right = (predictions > own).sum(axis=1) < int(options.get("k", DEFAULT_K))
        return ratio(sums.rows(right.astype(np.float64)), sums.rows())

    return compute


CLASS_KINDS = (
    MetricKind(
        "CategoricalAccuracy",
        "categorical_accuracy",
        accuracy(dense_classes),
        accepts=dense_view,
        can_binarize=False,
        can_average=False,
    ),
    MetricKind(
        "SparseCategoricalAccuracy",
        "sparse_categorical_accuracy",
        accuracy(sparse_classes),
        accepts=sparse_view,
        can_binarize=False,
        can_average=False,
    ),
    MetricKind(
        "TopKCategoricalAccuracy",
        "top_k_categorical_accuracy",
        top_k_accuracy(dense_classes),
        options=frozenset({"k"}),
        accepts=dense_view,
        can_binarize=False,
        can_average=False,
    ),
    MetricKind(
        "SparseTopKCategoricalAccuracy",
        "sparse_top_k_categorical_accuracy",
        top_k_accuracy(sparse_classes),
        options=frozenset({"k"}),
        accepts=sparse_view,
        can_binarize=False,
        can_average=False,
    ),
)
