"""How many rows a slice has, plainly or by weight."""

from __future__ import annotations

import numpy as np

from shipway.data.evaluation.metrics.kind import MetricKind, Options
from shipway.data.evaluation.slice_sums import SliceSums


def example_count(sums: SliceSums, options: Options) -> np.ndarray:
    """The rows, or the sum of their weights where the metric is weighted."""
    return sums.rows()


COUNT_KINDS = (
    MetricKind("ExampleCount", "example_count", example_count, by_row=True),
    MetricKind("WeightedExampleCount", "weighted_example_count", example_count, by_row=True),
)
