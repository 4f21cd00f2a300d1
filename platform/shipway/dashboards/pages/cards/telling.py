"""What of an evaluation tells most in few lines: its main metrics, the worst slices, the widest gaps."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.dashboards.evaluations import EvaluationFound, SliceMetrics
from shipway.dashboards.pages.models.gaps import Gap, gaps_of
from shipway.data.evaluation.directions import is_judged

METRICS_SHOWN = 3


def main_metrics(found: EvaluationFound) -> list[str]:
    """The metrics to look at slice by slice: those that are bounded, then the others that have a better and a worse."""
    bounded = [one.metric for one in found.thresholds if not one.is_change]
    named = dict.fromkeys([found.main_metric, *bounded, *found.metrics])
    return [name for name in named if name in found.metrics and is_judged(name)][:METRICS_SHOWN]


def worst_first(found: EvaluationFound, metric: str, slices: Sequence[SliceMetrics]) -> list[SliceMetrics]:
    """Those of the slices that have the metric and rows enough, the worst first."""
    able = [one for one in slices if metric in one.values and not one.is_small]
    return sorted(able, key=lambda one: one.values[metric], reverse=bool(found.lower_is_better(metric)))


def widest_gaps(found: EvaluationFound) -> list[Gap]:
    """The gaps of each main metric, then those of every rate that was evaluated; the widest first in each."""
    metrics = main_metrics(found)
    if not metrics:
        return []
    each = [gaps_of(found, metric) for metric in metrics]
    gaps = [one for gaps in each for one in gaps.rows]
    return [*gaps, *(one for one in each[0].rates if one.metric not in metrics)]
