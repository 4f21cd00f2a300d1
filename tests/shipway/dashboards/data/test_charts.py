"""Small charts: shapes of bars out of histograms, also out of odd ones."""

from __future__ import annotations

import math

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.dashboards.pages.data.charts.histogram import histogram_chart
from shipway.dashboards.pages.data.charts.quantiles import quantiles_chart
from shipway.dashboards.pages.data.charts.ranks import NAMED, RANKED, ranks_chart
from shipway.dashboards.pages.data.charts.scale import height_of
from shipway.dashboards.pages.data.charts.shapes import BASE, TOP, WIDTH
from shipway.dashboards.pages.data.numbers import number, share

ROOM = BASE - TOP


def histogram(*buckets, nan=0):
    made = statistics_pb2.Histogram(num_nan=nan)
    for low, high, count in buckets:
        made.buckets.add(low_value=low, high_value=high, sample_count=count)
    return made


def test_bars_are_as_high_as_their_counts():
    chart = histogram_chart(histogram((0, 1, 10), (1, 2, 5), (2, 3, 0)), None, False)
    assert [bar.height for bar in chart.filled] == [ROOM, ROOM / 2]
    assert [bar.y + bar.height for bar in chart.filled] == [BASE, BASE]
    assert chart.filled[0].x + chart.filled[0].width == pytest.approx(chart.filled[1].x, abs=0.1)
    assert chart.filled[0].title == "0 to 1: 10 (66.67 %)"
    assert chart.outlined == []
    assert [label.text for label in chart.labels] == ["0", "3"]


def test_two_histograms_are_shares_of_their_own_values_by_density():
    """A thousand values between 0 and 2 are as dense as ten between 0 and 1 are half of."""
    chart = histogram_chart(histogram((0, 1, 10)), histogram((0, 2, 1000)), False)
    assert (chart.filled[0].height, chart.outlined[0].height) == (ROOM, ROOM / 2)
    assert chart.outlined[0].width == pytest.approx(2 * chart.filled[0].width, abs=0.2)


def test_a_single_value_has_a_bar_in_the_middle():
    chart = histogram_chart(histogram((7, 7, 3)), None, False)
    (bar,) = chart.filled
    assert bar.x + bar.width / 2 == pytest.approx(WIDTH / 2, abs=0.2)
    assert bar.title == "7: 3 (100 %)"
    assert [label.text for label in chart.labels] == ["7"]


def test_what_has_no_end_is_said():
    chart = histogram_chart(histogram((-math.inf, -math.inf, 2), (0, 1, 5), (1, math.inf, 3), nan=4), None, False)
    assert len(chart.filled) == 1
    assert chart.notes == ["2 not drawn: \N{MINUS SIGN}∞", "3 not drawn: 1 to ∞", "4 not drawn: NaN"]
    assert histogram_chart(histogram((-math.inf, math.inf, 2)), None, False) is None
    assert histogram_chart(None, None, False) is None


def test_huge_ranges_stay_inside():
    chart = histogram_chart(histogram((-1.7e308, 0, 1), (0, 1.7e308, 1)), histogram((5e-324, 1e-323, 1)), True)
    for bar in (*chart.filled, *chart.outlined):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert bar.height <= ROOM


@pytest.mark.parametrize("odd", [(math.nan, 1, 1), (5, 1, 1), (0, 1, math.nan), (0, 1, math.inf), (0, 1, -3)])
def test_buckets_that_make_no_sense_are_left_out(odd):
    chart = histogram_chart(histogram(odd, (0, 1, 5)), None, False)
    assert [bar.height for bar in chart.filled] == [ROOM]


def test_a_logarithmic_height():
    assert height_of(1, 1, True) == 1
    assert height_of(0.01, 1, True) == 0.5
    assert height_of(1e-9, 1, True) == 0
    assert height_of(0.5, 1, False) == 0.5
    assert height_of(0, 0, True) == 0


def test_quantiles_are_boxes_of_two_shades():
    chart = quantiles_chart(histogram((0, 1, 5), (1, 1, 5), (1, 4, 5)), histogram((0, 4, 9)))
    assert [bar.is_odd for bar in chart.filled] == [False, True, True]
    assert chart.filled[2].title == "66.7 % to 100 % of the values: 1 to 4"
    assert chart.outlined[0].y > chart.filled[0].y + chart.filled[0].height
    assert quantiles_chart(None, None) is None


def test_few_values_have_names_and_many_have_ranks():
    few = ranks_chart({"a": 3, "b": 1}, {"b": 3, "c": 1}, False)
    assert [label.text for label in few.labels] == ["a", "b", "c", "75 %", "25 %", "0 %"]
    assert [bar.title for bar in few.outlined] == ["b: 3 (75 %)", "c: 1 (25 %)"]
    assert few.filled[0].width == few.outlined[0].width
    many = ranks_chart({f"v{place}": 100 - place for place in range(RANKED + 9)}, {}, False)
    assert len(many.filled) == RANKED
    assert many.notes == ["9 more values are not drawn"]
    assert [label.text for label in many.labels] == ["v0", f"rank {RANKED}"]
    assert len(ranks_chart({f"v{place}": 1 for place in range(NAMED + 1)}, {}, False).labels) == 2
    assert ranks_chart({}, {}, False) is None
    assert ranks_chart({"a": 0}, {}, False) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-0.0, "0"), (1234567, "1,234,567"), (-5, "-5"), (0.07123456, "0.07123"), (1234.56, "1,234.6"),
        (2.5e14 + 0.5, "250,000,000,000,000"), (3.4e38, "3.4e+38"), (1e-300, "1e-300"),
        (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "\N{MINUS SIGN}∞"),
    ],
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 4, "25 %"), (0, 5, "0 %"), (5, 5, "100 %"), (1, 3, "33.33 %"), (1, 1e6, "< 0.01 %"),
        (999_999, 1e6, "> 99.99 %"), (0, 0, "\N{EN DASH}"), (1, math.inf, "\N{EN DASH}"), (math.nan, 5, "\N{EN DASH}"),
    ],
)  # fmt: skip
def test_shares(part, whole, text):
    assert share(part, whole) == text
