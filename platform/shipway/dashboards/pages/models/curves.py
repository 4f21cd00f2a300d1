"""Charts of an evaluation's curves: how calibrated a model is, and how well it tells positives from negatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shipway.dashboards.drawing.lines import Line, LineChart, Point, line_chart
from shipway.dashboards.evaluations.plots import CALIBRATION, ROC, Curve, Spot

CHARTS = 6
LEAST_SPACE = 0.08
"""Between two labels, as a share of the axis."""
MODEL, BASELINE = "the model", "the baseline"
PERFECT, CHANCE = "perfectly calibrated", "chance"
TITLES = {
    CALIBRATION: ("Calibration", "mean prediction", "share of positives", "rows"),
    ROC: ("Receiver operating characteristic", "false positive rate", "true positive rate", "threshold"),
}


@dataclass(frozen=True)
class CurveChart:
    """A chart, what its axes are, and its curves for the table; `at` is what a point's third number is."""

    title: str
    x: str
    y: str
    at: str
    chart: LineChart | None
    curves: Sequence[Curve]


def curve_charts(curves: Sequence[Curve]) -> list[CurveChart]:
    """A chart for each kind and metric, with a line for each model."""
    groups: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        groups.setdefault((curve.kind, curve.metric), []).append(curve)
    return [_chart(kind, metric, own) for (kind, metric), own in list(groups.items())[:CHARTS]]


def _chart(kind: str, metric: str, curves: Sequence[Curve]) -> CurveChart:
    title, x, y, at = TITLES[kind]
    lines = [Line(BASELINE if one.is_baseline else MODEL, [_point(spot, x, y) for spot in one.spots]) for one in curves]
    ends = [spot for one in curves for spot in one.spots]
    low, high = (0.0, 1.0) if kind == ROC else (min(s.x for s in ends), max(s.x for s in ends))
    ideal = CHANCE if kind == ROC else PERFECT
    lines.append(Line(ideal, [Point(low, low, ideal), Point(high, high, ideal)]))
    named = title if metric == kind else f"{title} {metric.removeprefix(kind).strip()}"
    return CurveChart(named, x, y, at, line_chart(lines, x_label=_spaced((high - low) * LEAST_SPACE)), curves)


def _spaced(least: float) -> Callable[[float], str]:
    """Labels of an axis whose points lie anywhere: one that would touch the one before it is left out."""
    last = -math.inf

    def label(x: float) -> str:
        nonlocal last
        if x - last < least:
            return ""
        last = x
        return f"{x:.2f}"

    return label


def _point(spot: Spot, x: str, y: str) -> Point:
    return Point(spot.x, spot.y, f"{x} {spot.x:.4g}, {y} {spot.y:.4g}")
