"""Quantiles: a row of boxes that each hold the same part of the values, so that narrow boxes are where many lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shipway.dashboards.pages.data.charts.histogram import Bucket, buckets_of
from shipway.dashboards.pages.data.charts.scale import Scale
from shipway.dashboards.pages.data.charts.shapes import HEIGHT, WIDTH, Bar, Chart, Label, bar
from shipway.dashboards.pages.data.numbers import number

BOX = 24.0
"""The height of a row."""


def quantiles_chart(here: Any | None, there: Any | None) -> Chart | None:
    """The chart of one or two QUANTILES Histograms of the same feature, one below the other."""
    mine, theirs = ([] if one is None else [b for b in buckets_of(one) if b.is_finite] for one in (here, there))
    scale = Scale.over([end for one in (*mine, *theirs) for end in (one.low, one.high)], 4, WIDTH - 8)
    if scale is None:
        return None
    first = 8.0 if theirs else 24.0
    labels = [Label(2, HEIGHT - 4, number(scale.low))]
    if not scale.is_point:
        labels.append(Label(WIDTH - 2, HEIGHT - 4, number(scale.high), "end"))
    return Chart(_row(mine, scale, first), _row(theirs, scale, first + BOX + 8), labels)


def _row(buckets: Sequence[Bucket], scale: Scale, top: float) -> list[Bar]:
    """Every other box with a width is paler; the title says which part of the values a box holds."""
    boxes: list[Bar] = []
    wide = 0
    for place, one in enumerate(buckets):
        low, high = (f"{100 * end / len(buckets):.3g} %" for end in (place, place + 1))
        left, right = scale.place(one.low), scale.place(one.high)
        title = f"{low} to {high} of the values: {one.range}"
        boxes.append(bar(left, top, right - left, BOX, title, wide % 2 == 1))
        wide += one.low < one.high
    return boxes
