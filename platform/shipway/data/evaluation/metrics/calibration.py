"""Means of labels and predictions, and how far predictions separate positives from negatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shipway.data.evaluation.metrics.kind import MetricKind, Options, untopped_view
from shipway.data.evaluation.slice_sums import SliceSums

Zero = Callable[[np.ndarray], np.ndarray]


def mean_label(sums: SliceSums, options: Options) -> np.ndarray:
    """Sum of labels over sum of weights."""
    return _quotient(sums.label_total, sums.item_total)


def mean_prediction(sums: SliceSums, options: Options) -> np.ndarray:
    """Sum of predictions over sum of weights."""
    return _quotient(sums.prediction_total, sums.item_total)


def calibration(sums: SliceSums, options: Options) -> np.ndarray:
    """Sum of predictions over sum of labels: 1 is calibrated, more is too high."""
    return _quotient(sums.prediction_total, sums.label_total)


def coefficient_of_discrimination(sums: SliceSums, options: Options) -> np.ndarray:
    """Tjur's coefficient: mean prediction of the positives minus that of the negatives."""
    positive, negative, _ = _class_means(sums)
    return positive - negative


def relative_coefficient_of_discrimination(sums: SliceSums, options: Options) -> np.ndarray:
    """Mean prediction of the positives over that of the negatives."""
    positive, negative, negative_total = _class_means(sums)
    return _quotient(positive, np.where(negative_total == 0, 0.0, negative), zero=_is_zero)


def _class_means(sums: SliceSums) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels, predictions = sums.item_labels, sums.item_predictions
    positive_total = sums.items(labels * predictions)
    negative_total = sums.items((1.0 - labels) * predictions)
    positive = _quotient(positive_total, sums.label_total, zero=_is_zero)
    negative = _quotient(negative_total, sums.items(1.0 - labels), zero=_is_zero)
    return positive, negative, negative_total


def _is_zero(values: np.ndarray) -> np.ndarray:
    return values == 0


def _is_about_zero(values: np.ndarray) -> np.ndarray:
    return np.isclose(values, 0.0)


def _quotient(numerator: np.ndarray, denominator: np.ndarray, zero: Zero = _is_about_zero) -> np.ndarray:
    result = np.full(len(numerator), np.nan)
    return np.divide(numerator, denominator, out=result, where=~zero(denominator))


CALIBRATION_KINDS = (
    MetricKind("MeanLabel", "mean_label", mean_label, accepts=untopped_view),
    MetricKind("MeanPrediction", "mean_prediction", mean_prediction, accepts=untopped_view),
    MetricKind("Calibration", "calibration", calibration, accepts=untopped_view),
    MetricKind(
        "CoefficientOfDiscrimination",
        "coefficient_of_discrimination",
        coefficient_of_discrimination,
        can_binarize=False,
    ),
    MetricKind(
        "RelativeCoefficientOfDiscrimination",
        "relative_coefficient_of_discrimination",
        relative_coefficient_of_discrimination,
        can_binarize=False,
    ),
)
