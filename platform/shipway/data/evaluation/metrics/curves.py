"""Metrics over all operating points: areas under curves, and the best of one rate where another is good enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shipway.data.evaluation.errors import MetricOptions
from shipway.data.evaluation.histograms import Matrices
from shipway.data.evaluation.metrics.confusion import THRESHOLD_OPTIONS
from shipway.data.evaluation.metrics.kind import Compute, MetricKind, Options, matrices_of
from shipway.data.evaluation.slice_sums import SliceSums

CURVES = ("ROC", "PR")
Combine = Callable[[np.ndarray, np.ndarray], np.ndarray]
Points = Callable[[Matrices], np.ndarray]


def _mean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first + second) / 2.0


HEIGHTS: dict[str, Combine] = {"interpolation": _mean, "majoring": np.maximum, "minoring": np.minimum}


def area(default_curve: str) -> Compute:
    """The metric of the area under a curve; `curve` is ROC or PR, `summation_method` one of Keras' three."""

    def compute(sums: SliceSums, options: Options) -> np.ndarray:
        curve = str(options.get("curve", default_curve)).upper()
        summation = str(options.get("summation_method", "interpolation")).lower()
        if curve not in CURVES or summation not in HEIGHTS:
            remedy = f"needs a curve of {', '.join(CURVES)} and a summation_method of {', '.join(HEIGHTS)}"
            raise MetricOptions("AUC", str(dict(options)), remedy)
        found = matrices_of(sums, options)
        with np.errstate(divide="ignore", invalid="ignore"):
            if curve == "PR" and summation == "interpolation":
                return _interpolated_pr_area(found)
            recall = found.tp / (found.tp + found.fn)
            if curve == "ROC":
                return _riemann_area(found.fp / (found.fp + found.tn), recall, summation)
            return _riemann_area(recall, found.tp / (found.tp + found.fp), summation)

    return compute


def _riemann_area(x: np.ndarray, y: np.ndarray, summation: str) -> np.ndarray:
    """Per slice the area under points that come with falling x, [slices, thresholds]."""
    combine = HEIGHTS[summation]
    return np.nansum((x[:, :-1] - x[:, 1:]) * combine(y[:, :-1], y[:, 1:]), axis=1)


def _interpolated_pr_area(found: Matrices) -> np.ndarray:
    """Davis and Goadrich 2006: between two points, true positives grow linearly with predicted positives."""
    predicted = found.tp + found.fp
    gained = found.tp[:, :-1] - found.tp[:, 1:]
    slope = gained / np.maximum(predicted[:, :-1] - predicted[:, 1:], 0)
    intercept = found.tp[:, 1:] - slope * predicted[:, 1:]
    both = (predicted[:, :-1] > 0) & (predicted[:, 1:] > 0)
    growth = np.where(both, predicted[:, :-1] / np.maximum(predicted[:, 1:], 0), 1.0)
    positives = np.maximum(found.tp[:, 1:] + found.fn[:, 1:], 0)
    return np.nansum(slope * (gained + intercept * np.log(growth)) / positives, axis=1)


def _recall(found: Matrices) -> np.ndarray:
    return found.tp / (found.tp + found.fn)


def _precision(found: Matrices) -> np.ndarray:
    return found.tp / (found.tp + found.fp)


def _specificity(found: Matrices) -> np.ndarray:
    return found.tn / (found.tn + found.fp)


def _false_positive_rate(found: Matrices) -> np.ndarray:
    return found.fp / (found.fp + found.tn)


def _threshold(found: Matrices) -> np.ndarray:
    return np.broadcast_to(found.thresholds, found.tp.shape)


def best_at(wanted: Points, given: Points, option: str, *, at_most: bool = False) -> Compute:
    """The metric of the largest `wanted` where `given` is at least (at most) the value of `option`, 0 where never."""

    def compute(sums: SliceSums, options: Options) -> np.ndarray:
        if option not in options:
            raise MetricOptions(option, str(dict(options)), f"needs a value for {option!r}")
        bounds = options[option]
        found = matrices_of(sums, options)
        with np.errstate(divide="ignore", invalid="ignore"):
            values, limits = wanted(found), given(found)
            columns = [_best(values, limits, bound, at_most) for bound in np.atleast_1d(bounds)]
        return np.stack(columns, axis=1) if isinstance(bounds, list) else columns[0]

    return compute


def _best(values: np.ndarray, limits: np.ndarray, bound: float, at_most: bool) -> np.ndarray:
    feasible = limits <= bound if at_most else limits >= bound
    best = np.where(feasible & ~np.isnan(values), values, -np.inf).max(axis=1)
    undefined = feasible.any(axis=1) & np.isneginf(best)
    return np.where(undefined, np.nan, np.where(np.isneginf(best), 0.0, best))


AREA_OPTIONS = THRESHOLD_OPTIONS | {"summation_method"}


def _best_kind(class_name: str, name: str, compute: Compute, option: str) -> MetricKind:
    options = frozenset({option, "num_thresholds", "thresholds", "top_k", "class_id"})
    return MetricKind(class_name, name, compute, options=options, is_aggregated=True)


CURVE_KINDS = (
    MetricKind("AUC", "auc", area("ROC"), options=AREA_OPTIONS | {"curve"}, is_aggregated=True),
    MetricKind("AUCPrecisionRecall", "auc_precision_recall", area("PR"), options=AREA_OPTIONS, is_aggregated=True),
    _best_kind(
        "SensitivityAtSpecificity",
        "sensitivity_at_specificity",
        best_at(_recall, _specificity, "specificity"),
        "specificity",
    ),
    _best_kind(
        "SpecificityAtSensitivity",
        "specificity_at_sensitivity",
        best_at(_specificity, _recall, "sensitivity"),
        "sensitivity",
    ),
    _best_kind("PrecisionAtRecall", "precision_at_recall", best_at(_precision, _recall, "recall"), "recall"),
    _best_kind("RecallAtPrecision", "recall_at_precision", best_at(_recall, _precision, "precision"), "precision"),
    _best_kind(
        "RecallAtFalsePositiveRate",
        "recall_at_false_positive_rate",
        best_at(_recall, _false_positive_rate, "false_positive_rate", at_most=True),
        "false_positive_rate",
    ),
    _best_kind("ThresholdAtRecall", "threshold_at_recall", best_at(_threshold, _recall, "recall"), "recall"),
)
