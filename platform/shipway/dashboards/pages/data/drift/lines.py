"""Distances over spans, as charts and as a table: the features that are worst, or those that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from shipway.dashboards.drawing.lines import LINES, Bound, Line, LineChart, Point, line_chart
from shipway.dashboards.pages.data.drift.validations import Validation
from shipway.dashboards.pages.data.numbers import number
from shipway.data.drift_distances import Distance

DRIFT, SKEW = "drift", "skew"
KINDS = {DRIFT: "Drift from the span before", SKEW: "Skew against serving"}
FEATURES_OFFERED = 200
NAME_LENGTH = 60
NEAR = 0.08
"""The part of a chart's height that a name takes."""


@dataclass(frozen=True)
class FeatureLine:
    """A feature's distances, one of each validation or None; `worst` is that of most thresholds."""

    feature: str
    values: Sequence[Distance | None]
    worst: Distance

    @property
    def latest(self) -> Distance | None:
        return next((one for one in reversed(self.values) if one is not None), None)

    @property
    def over(self) -> int:
        """How often it was over its threshold."""
        return sum(one is not None and one.value > one.threshold for one in self.values)


@dataclass(frozen=True)
class KindChart:
    """The chart of one kind; `lines` are all features with distances of that kind, the worst first."""

    kind: str
    title: str
    chart: LineChart | None
    drawn: Sequence[FeatureLine]
    lines: Sequence[FeatureLine]


def kind_charts(validations: Sequence[Validation], features: Sequence[str], kind: str) -> list[KindChart]:
    """A chart of each kind that was measured; "" is of both. Validations come oldest first."""
    charts = []
    for one, title in KINDS.items():
        lines = _lines(validations, one) if kind in ("", one) else []
        if lines:
            drawn = [line for line in lines if line.feature in features] if features else lines
            charts.append(KindChart(one, title, _chart(validations, drawn[:LINES]), drawn[:LINES], lines))
    return charts


def _lines(validations: Sequence[Validation], kind: str) -> list[FeatureLine]:
    measured: dict[str, list[Distance | None]] = {}
    for place, validation in enumerate(validations):
        for (found, feature), distance in validation.distances.items():
            if found == kind:
                measured.setdefault(feature, [None] * len(validations))[place] = distance
    lines = [
        FeatureLine(feature, values, max((one for one in values if one is not None), key=lambda one: one.share))
        for feature, values in measured.items()
    ]
    return sorted(lines, key=lambda line: (-line.worst.share, line.feature))


def _chart(validations: Sequence[Validation], lines: Sequence[FeatureLine]) -> LineChart | None:
    drawn = [_line(line, validations) for line in lines]
    return line_chart(drawn, _bounds(lines), x_label=lambda place: validations[int(place)].short, from_zero=True)


def _line(line: FeatureLine, validations: Sequence[Validation]) -> Line:
    name = line.feature[:NAME_LENGTH]
    points: list[Point | None] = []
    for place, (validation, distance) in enumerate(zip(validations, line.values, strict=True)):
        if distance is None:
            points.append(None)
            continue
        title = f"{name}, {validation.label}: {number(distance.value)}, threshold {number(distance.threshold)}"
        points.append(Point(place, distance.value, title, validation.address))
    return Line(name, points)


def _bounds(lines: Sequence[FeatureLine]) -> list[Bound]:
    """The thresholds that hold now; of those that lie too near to each other for their names, one is named for all."""
    thresholds = sorted({line.latest.threshold for line in lines if line.latest is not None}, reverse=True)
    top = max([*thresholds, *(one.value for line in lines for one in line.values if one is not None)], default=0.0)
    bounds: list[Bound] = []
    near: list[float] = []
    for threshold, lower in zip_longest(thresholds, thresholds[1:]):
        near.append(threshold)
        if lower is not None and threshold - lower < NEAR * top:
            bounds.append(Bound(threshold, ""))
            continue
        named = ", ".join(number(one) for one in reversed(near))
        bounds.append(Bound(threshold, f"threshold{'s' if len(near) > 1 else ''} {named}"))
        near = []
    return bounds
