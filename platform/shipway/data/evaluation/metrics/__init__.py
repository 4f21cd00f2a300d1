"""The metrics that Shipway computes itself, by their class names in eval_config; all others run in TFMA."""

from __future__ import annotations

from shipway.data.evaluation.metrics.calibration import CALIBRATION_KINDS
from shipway.data.evaluation.metrics.classes import CLASS_KINDS
from shipway.data.evaluation.metrics.confusion import CONFUSION_KINDS
from shipway.data.evaluation.metrics.counts import COUNT_KINDS
from shipway.data.evaluation.metrics.cross_entropy import CROSS_ENTROPY_KINDS
from shipway.data.evaluation.metrics.curves import CURVE_KINDS
from shipway.data.evaluation.metrics.fairness import FAIRNESS_KINDS
from shipway.data.evaluation.metrics.kind import MetricKind
from shipway.data.evaluation.metrics.plots import PLOT_KINDS
from shipway.data.evaluation.metrics.regression import REGRESSION_KINDS

METRIC_KINDS: dict[str, MetricKind] = {
    kind.class_name: kind
    for kinds in (
        COUNT_KINDS,
        CALIBRATION_KINDS,
        CURVE_KINDS,
        CONFUSION_KINDS,
        FAIRNESS_KINDS,
        CROSS_ENTROPY_KINDS,
        CLASS_KINDS,
        REGRESSION_KINDS,
        PLOT_KINDS,
    )
    for kind in kinds
}
"""Every metric that is computed here."""
