"""Fairness indicators: ten rates at every threshold, under the names that the fairness-indicators package gives them.

Slicing makes a gap of each of them between groups; cross_slicing_specs and cross_slice_thresholds bound the gap.
"""

from __future__ import annotations

import numpy as np

from shipway.data.evaluation.metrics.confusion import RATES, Rate
from shipway.data.evaluation.metrics.kind import MetricKind, Options, ratio
from shipway.data.evaluation.slice_sums import SliceSums

DEFAULT_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

INDICATORS: dict[str, Rate] = {
    "false_positive_rate": RATES["FPR"][1],
    "false_negative_rate": RATES["FNR"][1],
    "true_positive_rate": RATES["TPR"][1],
    "true_negative_rate": RATES["TNR"][1],
    "positive_rate": RATES["PredictedPositiveRate"][1],
    "negative_rate": lambda tp, tn, fp, fn: ratio(tn + fn, tp + fp + tn + fn),
    "false_discovery_rate": RATES["FalseDiscoveryRate"][1],
    "false_omission_rate": RATES["FalseOmissionRate"][1],
    "precision": RATES["Precision"][1],
    "recall": RATES["Recall"][1],
}


def fairness_indicators(sums: SliceSums, options: Options) -> dict[str, np.ndarray]:
    """Every indicator at every threshold, by `<indicator>@<threshold>`."""
    thresholds = tuple(options.get("thresholds") or DEFAULT_THRESHOLDS)
    digits = max(1, *(len(str(threshold)) - 2 for threshold in thresholds))
    found = sums.matrices_at(tuple(float(threshold) for threshold in thresholds))
    return {
        f"{name}@{threshold:.{digits}f}": rate(found.tp[:, i], found.tn[:, i], found.fp[:, i], found.fn[:, i])
        for i, threshold in enumerate(thresholds)
        for name, rate in INDICATORS.items()
    }


FAIRNESS_KINDS = (
    MetricKind(
        "FairnessIndicators",
        "fairness_indicators_metrics",
        fairness_indicators,
        options=frozenset({"thresholds"}),
    ),
)
