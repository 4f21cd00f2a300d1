"""Rates of a binary decision at thresholds (0.5 where none is given), each a formula over TP, TN, FP and FN.

The formulas and where they are undefined (NaN) are TFMA's (`confusion_matrix_metrics.py`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shipway.data.evaluation.metric_values import ThresholdMatrices
from shipway.data.evaluation.metrics.kind import Compute, MetricKind, Options, matrices_of, ratio
from shipway.data.evaluation.slice_sums import SliceSums

Rate = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
DEFAULT_THRESHOLD = 0.5
MAX_RECALL_THRESHOLD = 1.0e-12
THRESHOLD_OPTIONS = frozenset({"thresholds", "num_thresholds", "top_k", "class_id"})


def _prevalence_threshold(tp: np.ndarray, tn: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    tpr, tnr = ratio(tp, tp + fn), ratio(tn, tn + fp)
    return (np.sqrt(tpr * (1 - tnr)) + tnr - 1) / (tpr + tnr - 1)


def _matthews(tp: np.ndarray, tn: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    return ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _positive_likelihood(tp: np.ndarray, tn: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    return ratio(ratio(tp, tp + fn), ratio(fp, fp + tn))


def _negative_likelihood(tp: np.ndarray, tn: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    return ratio(ratio(fn, fn + tp), ratio(tn, tn + fp))


def _odds(tp: np.ndarray, tn: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    return ratio(ratio(tp, fn), ratio(fp, tn))


RATES: dict[str, tuple[str, Rate]] = {
    "TruePositives": ("true_positives", lambda tp, tn, fp, fn: tp),
    "TP": ("tp", lambda tp, tn, fp, fn: tp),
    "TrueNegatives": ("true_negatives", lambda tp, tn, fp, fn: tn),
    "TN": ("tn", lambda tp, tn, fp, fn: tn),
    "FalsePositives": ("false_positives", lambda tp, tn, fp, fn: fp),
    "FP": ("fp", lambda tp, tn, fp, fn: fp),
    "FalseNegatives": ("false_negatives", lambda tp, tn, fp, fn: fn),
    "FN": ("fn", lambda tp, tn, fp, fn: fn),
    "BinaryAccuracy": ("binary_accuracy", lambda tp, tn, fp, fn: ratio(tp + tn, tp + fp + tn + fn)),
    "Precision": ("precision", lambda tp, tn, fp, fn: ratio(tp, tp + fp)),
    "PPV": ("ppv", lambda tp, tn, fp, fn: ratio(tp, tp + fp)),
    "Recall": ("recall", lambda tp, tn, fp, fn: ratio(tp, tp + fn)),
    "TPR": ("tpr", lambda tp, tn, fp, fn: ratio(tp, tp + fn)),
    "Specificity": ("specificity", lambda tp, tn, fp, fn: ratio(tn, tn + fp)),
    "TNR": ("tnr", lambda tp, tn, fp, fn: ratio(tn, tn + fp)),
    "FallOut": ("fall_out", lambda tp, tn, fp, fn: ratio(fp, fp + tn)),
    "FPR": ("fpr", lambda tp, tn, fp, fn: ratio(fp, fp + tn)),
    "MissRate": ("miss_rate", lambda tp, tn, fp, fn: ratio(fn, fn + tp)),
    "FNR": ("fnr", lambda tp, tn, fp, fn: ratio(fn, fn + tp)),
    "NegativePredictiveValue": ("negative_predictive_value", lambda tp, tn, fp, fn: ratio(tn, tn + fn)),
    "NPV": ("npv", lambda tp, tn, fp, fn: ratio(tn, tn + fn)),
    "FalseDiscoveryRate": ("false_discovery_rate", lambda tp, tn, fp, fn: ratio(fp, fp + tp)),
    "FalseOmissionRate": ("false_omission_rate", lambda tp, tn, fp, fn: ratio(fn, fn + tn)),
    "Prevalence": ("prevalence", lambda tp, tn, fp, fn: ratio(tp + fn, tp + tn + fp + fn)),
    "PrevalenceThreshold": ("prevalence_threshold", _prevalence_threshold),
    "ThreatScore": ("threat_score", lambda tp, tn, fp, fn: ratio(tp, tp + fn + fp)),
    "BalancedAccuracy": (
        "balanced_accuracy",
        lambda tp, tn, fp, fn: (ratio(tp, tp + fn) + ratio(tn, tn + fp)) / 2,
    ),
    "F1Score": ("f1_score", lambda tp, tn, fp, fn: ratio(2 * tp, 2 * tp + fp + fn)),
    "MatthewsCorrelationCoefficient": ("matthews_correlation_coefficient", _matthews),
    "FowlkesMallowsIndex": (
        "fowlkes_mallows_index",
        lambda tp, tn, fp, fn: np.sqrt(ratio(tp, tp + fp) * ratio(tp, tp + fn)),
    ),
    "Informedness": ("informedness", lambda tp, tn, fp, fn: ratio(tp, tp + fn) + ratio(tn, tn + fp) - 1),
    "Markedness": ("markedness", lambda tp, tn, fp, fn: ratio(tp, tp + fp) + ratio(tn, tn + fn) - 1),
    "PositiveLikelihoodRatio": ("positive_likelihood_ratio", _positive_likelihood),
    "NegativeLikelihoodRatio": ("negative_likelihood_ratio", _negative_likelihood),
    "DiagnosticOddsRatio": ("diagnostic_odds_ratio", _odds),
    "PredictedPositiveRate": ("predicted_positive_rate", lambda tp, tn, fp, fn: ratio(tp + fp, tp + fp + tn + fn)),
}
"""Default name and formula by class name."""


def rate_at(rate: Rate, default: float) -> Compute:
    """The metric that computes `rate` at the thresholds of its options, else at `default`."""

    def compute(sums: SliceSums, options: Options) -> np.ndarray:
        found = matrices_of(sums, options, default)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = rate(found.tp, found.tn, found.fp, found.fn)
        return values[:, 0] if values.shape[1] == 1 else values

    return compute


def at_thresholds(sums: SliceSums, options: Options) -> list[ThresholdMatrices]:
    """The matrices themselves."""
    found = matrices_of(sums, options)
    return [
        ThresholdMatrices(found.thresholds, found.tp[i], found.tn[i], found.fp[i], found.fn[i])
        for i in range(sums.count)
    ]


CONFUSION_KINDS = (
    *(
        MetricKind(class_name, name, rate_at(rate, DEFAULT_THRESHOLD), options=THRESHOLD_OPTIONS, is_aggregated=True)
        for class_name, (name, rate) in RATES.items()
    ),
    MetricKind(
        "MaxRecall",
        "max_recall",
        rate_at(RATES["Recall"][1], MAX_RECALL_THRESHOLD),
        options=frozenset({"top_k", "class_id"}),
        is_aggregated=True,
    ),
    MetricKind(
        "ConfusionMatrixAtThresholds",
        "confusion_matrix_at_thresholds",
        at_thresholds,
        options=frozenset({"thresholds", "top_k", "class_id"}),
        is_aggregated=True,
    ),
)
