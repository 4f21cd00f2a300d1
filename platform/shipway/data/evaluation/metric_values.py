"""The values a metric can have, how two of them are compared, and how TFMA's files hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shipway.data.evaluation.protos import metrics_for_slice_pb2


@dataclass(frozen=True)
class ThresholdMatrices:
    """Confusion matrices of one slice, one entry a threshold."""

    thresholds: np.ndarray
    tp: np.ndarray
    tn: np.ndarray
    fp: np.ndarray
    fn: np.ndarray

    def __sub__(self, other: ThresholdMatrices) -> ThresholdMatrices:
        return ThresholdMatrices(
            self.thresholds, self.tp - other.tp, self.tn - other.tn, self.fp - other.fp, self.fn - other.fn
        )

    def to_proto(self) -> Any:
        """TFMA's ConfusionMatrixAtThresholds; precision is 1 and recall 0 where they are undefined, as there."""
        with np.errstate(divide="ignore", invalid="ignore"):
            positives, predicted = self.tp + self.fn, self.tp + self.fp
            precision = np.where(predicted > 0, self.tp / predicted, 1.0)
            recall = np.where(positives > 0, self.tp / positives, 0.0)
            columns = {
                "threshold": np.round(self.thresholds, 6),
                "true_positives": self.tp,
                "false_positives": self.fp,
                "true_negatives": self.tn,
                "false_negatives": self.fn,
                "precision": precision,
                "recall": recall,
                "false_positive_rate": self.fp / (self.tn + self.fp),
                "false_omission_rate": self.fn / (self.tn + self.fn),
                "f1": 2 * precision * recall / (precision + recall),
                "accuracy": (self.tp + self.tn) / (self.tp + self.tn + self.fp + self.fn),
            }
        result = metrics_for_slice_pb2.ConfusionMatrixAtThresholds()
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        for row in rows:
            result.matrices.add(**dict(zip(columns, row, strict=True)))
        return result


@dataclass(frozen=True)
class TfmaValue:
    """A value that TFMA computed, as it wrote it; `interval` is its confidence interval."""

    message: Any
    interval: Any = None

    @property
    def number(self) -> float | None:
        """The value where it is a single number."""
        return self.message.double_value.value if self.message.HasField("double_value") else None


MetricValue = float | np.ndarray | ThresholdMatrices | TfmaValue | Any
"""A number, an array, matrices, what TFMA computed, or for a plot its message."""


def as_number(value: MetricValue) -> float | None:
    """The value as a single number, or None where it is not one."""
    if isinstance(value, TfmaValue):
        return value.number
    if isinstance(value, int | float | np.number):
        return float(value)
    return None


def difference(value: MetricValue, other: MetricValue) -> MetricValue | None:
    """`value - other`, or None where that has no meaning."""
    if isinstance(value, TfmaValue) or isinstance(other, TfmaValue):
        first, second = as_number(value), as_number(other)
        return None if first is None or second is None else first - second
    if isinstance(value, ThresholdMatrices) and isinstance(other, ThresholdMatrices):
        return value - other
    if isinstance(value, float | np.ndarray) and isinstance(other, float | np.ndarray):
        return value - other
    return None


def value_proto(value: MetricValue) -> Any:
    """TFMA's MetricValue of a value that is no plot."""
    if isinstance(value, TfmaValue):
        return value.message
    result = metrics_for_slice_pb2.MetricValue()
    if isinstance(value, ThresholdMatrices):
        result.confusion_matrix_at_thresholds.CopyFrom(value.to_proto())
    elif isinstance(value, np.ndarray):
        result.array_value.data_type = metrics_for_slice_pb2.ArrayValue.FLOAT64
        result.array_value.shape[:] = value.shape
        result.array_value.float64_values[:] = value.astype(np.float64).ravel()
    else:
        result.double_value.value = float(value)
    return result
