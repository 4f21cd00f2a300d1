"""Plots that TFMA's views draw: confusion matrices over thresholds, and calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from shipway.data.evaluation.histograms import DEFAULT_BUCKETS, bucket_edges
from shipway.data.evaluation.metric_values import ThresholdMatrices
from shipway.data.evaluation.metrics.kind import MetricKind, Options, untopped_view
from shipway.data.evaluation.protos import metrics_for_slice_pb2
from shipway.data.evaluation.slice_sums import SliceSums

DEFAULT_POINTS = 1000
BELOW_ZERO = -1e-6


def confusion_matrix_plot(sums: SliceSums, options: Options) -> list[Any]:
    """Matrices at `num_thresholds` + 1 even thresholds from 0 to 1, and one below."""
    number = int(options.get("num_thresholds", DEFAULT_POINTS))
    found = sums.binned_matrices((BELOW_ZERO, *(i / number for i in range(number + 1))))
    return [
        ThresholdMatrices(found.thresholds, found.tp[i], found.tn[i], found.fp[i], found.fn[i]).to_proto()
        for i in range(sums.count)
    ]


def calibration_plot(sums: SliceSums, options: Options) -> list[Any]:
    """Sums of labels, predictions and weights in `num_buckets` even buckets from `left` to `right`, and outside."""
    buckets = int(options.get("num_buckets", DEFAULT_POINTS))
    left = 0.0 if options.get("left") is None else float(options["left"])
    right = 1.0 if options.get("right") is None else float(options["right"])
    edges = np.array([-np.inf, *(left + i * (right - left) / buckets for i in range(buckets + 1))])
    fine = sums.histogram(left=left, right=right)
    place = np.searchsorted(edges, bucket_edges(DEFAULT_BUCKETS, left, right), side="right") - 1
    starts = np.searchsorted(place, np.arange(len(edges)))
    sized = [_rebinned(values, starts) for values in (fine.labels, fine.predictions(), fine.examples)]
    return [_calibration_proto(edges, *(values[i] for values in sized)) for i in range(sums.count)]


def _rebinned(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    sums = np.concatenate((np.zeros((len(values), 1)), np.cumsum(values, axis=1)), axis=1)
    return np.diff(sums[:, [*starts, values.shape[1]]], axis=1)


def _calibration_proto(edges: np.ndarray, labels: np.ndarray, predictions: np.ndarray, examples: np.ndarray) -> Any:
    result = metrics_for_slice_pb2.CalibrationHistogramBuckets()
    uppers = [*edges[1:].tolist(), np.inf]
    lower = -np.inf
    rows = zip(uppers, labels.tolist(), predictions.tolist(), examples.tolist(), strict=True)
    for upper, label, prediction, weight in rows:
        bucket = result.buckets.add(lower_threshold_inclusive=lower, upper_threshold_exclusive=upper)
        bucket.total_weighted_label.value = label
        bucket.total_weighted_refined_prediction.value = prediction
        bucket.num_weighted_examples.value = weight
        lower = upper
    return result


PLOT_KINDS = (
    MetricKind(
        "ConfusionMatrixPlot",
        "confusion_matrix_plot",
        confusion_matrix_plot,
        options=frozenset({"num_thresholds"}),
        is_plot=True,
    ),
    MetricKind(
        "CalibrationPlot",
        "calibration_plot",
        calibration_plot,
        options=frozenset({"num_buckets", "left", "right"}),
        accepts=untopped_view,
        is_plot=True,
    ),
)
