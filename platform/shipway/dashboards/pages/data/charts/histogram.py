"""Equal-width histograms of numbers: one, or two over each other as the shares that they have of their own data.

Two histograms have buckets of different widths, so what is drawn is density: the area of a bar is the share of its
values. Of one histogram that is the same as the counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.pages.data.charts.scale import Scale, height_of
from shipway.dashboards.pages.data.charts.shapes import HEIGHT, WIDTH, Bar, Chart, Label, standing
from shipway.dashboards.pages.data.numbers import number, share

NOTHING = 1e-4
"""The part of all values, or of all weight, below which a fraction of a value is not drawn."""
THINNEST = 0.05
"""The width of a bucket of a single value, as a part of the axis."""


@dataclass(frozen=True)
class Bucket:
    """Values from `low` to `high`; `count` of them, or their weight."""

    low: float
    high: float
    count: float

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def range(self) -> str:
        """Its limits in words."""
        return number(self.low) if self.low == self.high else f"{number(self.low)} to {number(self.high)}"


def buckets_of(histogram: Any) -> list[Bucket]:
    """The buckets of a proto; those whose limits or counts are no numbers are left out."""
    found = (Bucket(one.low_value, one.high_value, one.sample_count) for one in histogram.buckets)
    return [one for one in found if one.low <= one.high and math.isfinite(one.count)]


def histogram_chart(here: Any | None, there: Any | None, logarithmic: bool) -> Chart | None:
    """The chart of one or two STANDARD Histograms of the same feature; None where no bucket has an end."""
    mine, theirs = ([] if one is None else buckets_of(one) for one in (here, there))
    scale = Scale.over([end for one in (*mine, *theirs) if one.is_finite for end in (one.low, one.high)], 4, WIDTH - 8)
    if scale is None:
        return None
    highest = max((density for buckets in (mine, theirs) for _, density in _densities(buckets, scale)), default=0.0)

    def bars(buckets: Sequence[Bucket]) -> list[Bar]:
        total = sum(one.count for one in buckets)
        return [
            _bar(one, height_of(density, highest, logarithmic), total, scale)
            for one, density in _densities(buckets, scale)
        ]

    notes = [*_notes(here, mine, ""), *_notes(there, theirs, " of the other")]
    return Chart(bars(mine), bars(theirs), _ends(scale), notes)


def _densities(buckets: Sequence[Bucket], scale: Scale) -> Iterator[tuple[Bucket, float]]:
    """The buckets that are drawn. Between quantiles TFDV interpolates: less than half a value is none."""
    total = sum(one.count for one in buckets)
    for one in buckets:
        if one.is_finite and one.count > 0 and one.count >= min(0.5, total * NOTHING):
            yield one, one.count / total / (scale.share(one.low, one.high) or THINNEST)


def _bar(bucket: Bucket, height: float, total: float, scale: Scale) -> Bar:
    left, right = scale.place(bucket.low), scale.place(bucket.high)
    if bucket.low == bucket.high:
        half = THINNEST * scale.width / 2
        left, right = left - half, right + half
    title = f"{bucket.range}: {number(bucket.count)} ({share(bucket.count, total)})"
    return standing(left, right - left, height, title)


def _ends(scale: Scale) -> list[Label]:
    if scale.is_point:
        return [Label(WIDTH / 2, HEIGHT - 4, number(scale.low), "middle")]
    return [Label(2, HEIGHT - 4, number(scale.low)), Label(WIDTH - 2, HEIGHT - 4, number(scale.high), "end")]


def _notes(histogram: Any | None, buckets: Sequence[Bucket], whose: str) -> Iterator[str]:
    """What of a histogram is not drawn, in words."""
    for one in buckets:
        if not one.is_finite and one.count:
            yield f"{number(one.count)}{whose} not drawn: {one.range}"
    if histogram is not None and histogram.num_nan:
        yield f"{number(histogram.num_nan)}{whose} not drawn: NaN"
    if histogram is not None and histogram.num_undefined:
        yield f"{number(histogram.num_undefined)}{whose} not drawn: undefined"
