"""A metric from version to version, beside the model that each was compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shipway.dashboards.drawing.lines import Bound, Line, LineChart, Point, line_chart
from shipway.dashboards.evaluations import Threshold

if TYPE_CHECKING:
    from shipway.dashboards.pages.models.versions import Version

MODEL, BASELINE = "the model", "the baseline, on the same rows"
WORDS = {True: "blessed", False: "not blessed", None: "not judged"}


def metric_chart(metric: str, versions: Sequence[Version], thresholds: Sequence[Threshold]) -> LineChart | None:
    """The chart of versions, the oldest first; None where none has the metric.

    `thresholds` are of the chosen slice in the newest evaluation; earlier ones may have been judged by others.
    """
    own = [_point(place, one, metric) for place, one in enumerate(versions)]
    baseline = [_baseline_point(place, one, metric) for place, one in enumerate(versions)]
    lines = [Line(MODEL, own)] + ([Line(BASELINE, baseline)] if any(baseline) else [])
    return line_chart(lines, _bounds(metric, thresholds), x_label=lambda place: str(versions[round(place)].id))


def _point(place: int, version: Version, metric: str) -> Point | None:
    value = version.numbers.values.get(metric) if version.numbers else None
    if value is None:
        return None
    run = version.made.made_by.execution.run_id[:100]
    title = f"Model {version.id} of {run}: {metric[:100]} {value:.6g}, {WORDS[version.standing.blessed]}"
    return Point(place, value, title, f"/models/{version.id}")


def _baseline_point(place: int, version: Version, metric: str) -> Point | None:
    value = version.numbers.baseline.get(metric) if version.numbers else None
    if value is None:
        return None
    return Point(place, value, f"What model {version.id} was compared with: {metric[:100]} {value:.6g}")


def _bounds(metric: str, thresholds: Sequence[Threshold]) -> list[Bound]:
    own = [one for one in thresholds if one.metric == metric]
    lower = [Bound(one.low, f"at least {one.low:g}") for one in own if one.low is not None]
    return lower + [Bound(one.high, f"at most {one.high:g}") for one in own if one.high is not None]
