"""Errors of a predicted number.

TFMA leaves rows whose error is not a number out of the mean (`mean_regression_error.py`); so does this.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shipway.data.evaluation.metrics.kind import Compute, MetricKind, Options, ratio, scalar_view
from shipway.data.evaluation.slice_sums import SliceSums

Error = Callable[[np.ndarray, np.ndarray], np.ndarray]


def mean_error(error: Error) -> Compute:
    """The metric of the weighted mean of `error(labels, predictions)`."""

    def compute(sums: SliceSums, options: Options) -> np.ndarray:
        return _mean(sums, error)

    return compute


def root_mean_squared_error(sums: SliceSums, options: Options) -> np.ndarray:
    """The root of the mean of squared errors."""
    return np.sqrt(_mean(sums, _squared))


def squared_pearson_correlation(sums: SliceSums, options: Options) -> np.ndarray:
    """r^2 = (sum(xy) - sum(x)sum(y)/n)^2 / ((sum(x^2) - sum(x)^2/n) (sum(y^2) - sum(y)^2/n)), all weighted."""
    labels, predictions, total = sums.item_labels, sums.item_predictions, sums.item_total
    with np.errstate(divide="ignore", invalid="ignore"):
        products = sums.items(labels * predictions) - sums.label_total * sums.prediction_total / total
        of_labels = sums.items(labels**2) - sums.label_total**2 / total
        of_predictions = sums.items(predictions**2) - sums.prediction_total**2 / total
        return ratio(products**2, of_labels * of_predictions)


def _mean(sums: SliceSums, error: Error) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = error(sums.item_labels, sums.item_predictions)
    defined = ~np.isnan(errors)
    if defined.all():
        return ratio(sums.items(errors), sums.item_total)
    return ratio(sums.items(np.where(defined, errors, 0.0)), sums.items(defined.astype(np.float64)))


def _squared(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return (labels - predictions) ** 2


def _absolute(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.abs(labels - predictions)


def _percentage(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.where(labels == 0, np.nan, 100.0 * np.abs((labels - predictions) / labels))


def _logarithmic(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return (np.log(labels + 1.0) - np.log(predictions + 1.0)) ** 2


REGRESSION_KINDS = (
    MetricKind("MeanSquaredError", "mean_squared_error", mean_error(_squared)),
    MetricKind("MeanAbsoluteError", "mean_absolute_error", mean_error(_absolute)),
    MetricKind("MeanAbsolutePercentageError", "mean_absolute_percentage_error", mean_error(_percentage)),
    MetricKind("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", mean_error(_logarithmic)),
    MetricKind("RootMeanSquaredError", "root_mean_squared_error", root_mean_squared_error, accepts=scalar_view),
    MetricKind(
        "SquaredPearsonCorrelation", "squared_pearson_correlation", squared_pearson_correlation, can_binarize=False
    ),
)
