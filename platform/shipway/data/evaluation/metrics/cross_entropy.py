"""Cross-entropies: Keras' (`...Crossentropy`, predictions clipped away from 0 and 1) and TFMA's (`...CrossEntropy`)."""

from __future__ import annotations

import numpy as np

from shipway.data.evaluation.metrics.kind import MetricKind, Options, any_view, dense_view, ratio, sparse_view
from shipway.data.evaluation.slice_sums import SliceSums
from shipway.data.evaluation.views import View

KERAS_EPSILON = 1e-7
SMOOTHING_OPTIONS = frozenset({"from_logits", "label_smoothing"})


def keras_binary(sums: SliceSums, options: Options) -> np.ndarray:
    """Mean over rows of -(y log(p + e) + (1 - y) log(1 - p + e)), p clipped to [e, 1 - e], e = 1e-7, in float32."""
    labels, predictions = _smoothed(sums.view.labels, options, 0.5), sums.view.predictions
    if options.get("from_logits"):
        return _row_mean(sums, _logistic(labels, predictions.astype(np.float64)))
    one, epsilon = np.float32(1.0), np.float32(KERAS_EPSILON)
    clipped = np.clip(predictions.astype(np.float32), epsilon, one - epsilon)
    entropy = labels * np.log(clipped + epsilon) + (1.0 - labels) * np.log(one - clipped + epsilon)
    return _row_mean(sums, -entropy)


def tfma_binary(sums: SliceSums, options: Options) -> np.ndarray:
    """Mean over rows of -(y log p + (1 - y) log(1 - p)), infinite or NaN where p is 0 or 1."""
    labels, predictions = _smoothed(sums.view.labels, options, 0.5), sums.view.predictions.astype(np.float64)
    if options.get("from_logits"):
        return _row_mean(sums, _logistic(labels, predictions))
    with np.errstate(divide="ignore", invalid="ignore"):
        return _row_mean(sums, -labels * np.log(predictions) - (1.0 - labels) * np.log(1.0 - predictions))


def keras_categorical(sums: SliceSums, options: Options) -> np.ndarray:
    """Mean over rows of -sum(y log p), p normalised to a sum of 1 and clipped."""
    predictions = sums.view.predictions.astype(np.float64)
    labels = _smoothed(sums.view.labels, options, 1.0 / predictions.shape[1])
    return _row_mean(sums, -np.sum(labels * _log_probabilities(predictions, options), axis=1))


def keras_sparse_categorical(sums: SliceSums, options: Options) -> np.ndarray:
    """Mean over rows of -log p of the row's class, after a softmax over clipped log-probabilities."""
    predictions = sums.view.predictions.astype(np.float64)
    if not options.get("from_logits"):
        predictions = np.log(np.clip(predictions, KERAS_EPSILON, 1.0 - KERAS_EPSILON))
    classes = sums.view.labels.astype(np.int64)
    chosen = np.take_along_axis(_log_softmax(predictions), classes[:, None], axis=1)[:, 0]
    return _row_mean(sums, -chosen)


def _log_probabilities(predictions: np.ndarray, options: Options) -> np.ndarray:
    if options.get("from_logits"):
        return _log_softmax(predictions)
    shares = predictions / predictions.sum(axis=1, keepdims=True)
    return np.log(np.clip(shares, KERAS_EPSILON, 1.0 - KERAS_EPSILON))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _logistic(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))


def _smoothed(labels: np.ndarray, options: Options, centre: float) -> np.ndarray:
    share = float(options.get("label_smoothing") or 0.0)
    return labels * (1.0 - share) + share * centre if share else labels


def _row_mean(sums: SliceSums, entropy: np.ndarray) -> np.ndarray:
    by_row = entropy.mean(axis=1) if entropy.ndim > 1 else entropy
    return ratio(sums.rows(by_row), sums.rows())


def _alike(view: View) -> bool:
    return any_view(view) and view.labels.shape == view.predictions.shape


CROSS_ENTROPY_KINDS = (
    MetricKind(
        "BinaryCrossentropy",
        "binary_crossentropy",
        keras_binary,
        options=SMOOTHING_OPTIONS,
        accepts=_alike,
        can_average=False,
    ),
    MetricKind(
        "BinaryCrossEntropy",
        "binary_crossentropy",
        tfma_binary,
        options=SMOOTHING_OPTIONS,
        accepts=_alike,
        can_average=False,
    ),
    MetricKind(
        "CategoricalCrossentropy",
        "categorical_crossentropy",
        keras_categorical,
        options=SMOOTHING_OPTIONS,
        accepts=dense_view,
        can_average=False,
    ),
    MetricKind(
        "SparseCategoricalCrossentropy",
        "sparse_categorical_crossentropy",
        keras_sparse_categorical,
        options=frozenset({"from_logits"}),
        accepts=sparse_view,
        can_average=False,
    ),
)
