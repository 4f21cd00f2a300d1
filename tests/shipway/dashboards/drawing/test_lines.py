"""Line charts: points lie where their values say, within the picture, and lines break where there is nothing."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.dashboards.drawing.lines import LABELS, LINES, Bound, Line, Point, line_chart
from shipway.dashboards.drawing.number_scale import number_ticks, short_number

FINITE = st.floats(-1e12, 1e12)


def line(name, *values):
    points = [None if value is None else Point(x, value, f"{x}: {value}") for x, value in enumerate(values)]
    return Line(name, points)


@given(FINITE, FINITE)
def test_ticks_are_few_and_enclose_the_values(one, other):
    low, high = sorted((one, other))
    ticks = number_ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-300)
    assert 2 <= len(ticks) <= 9
    assert ticks == sorted(set(ticks))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.7, 0.7, [0.6, 0.65, 0.7, 0.75, 0.8]), (3, 97, [0, 20, 40, 60, 80, 100])],
)
def test_ticks_are_round(low, high, ticks):
    assert number_ticks(low, high) == ticks


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, "0.25"), (0, "0"), (1200, "1,200"), (3.4e6, "3.4M"), (5e9, "5G"), (1.2e-5, "1.2e-05"), (-2e13, "-20T")],
)
def test_numbers_are_short(value, text):
    assert short_number(value) == text


def test_a_higher_value_lies_higher_and_a_later_one_further_right():
    chart = line_chart([line("auc", 0.5, 0.7, 0.6)])
    first, second, third = chart.lines[0].marks
    assert first.x < second.x < third.x
    assert first.y > third.y > second.y
    assert chart.lines[0].path == f"M{first.x:g} {first.y:g}L{second.x:g} {second.y:g}L{third.x:g} {third.y:g}"


def test_a_line_breaks_where_a_value_is_missing_or_no_number():
    chart = line_chart([line("auc", 1.0, None, 2.0, math.nan, 3.0)])
    assert re.sub(r"[\d. ]+", "", chart.lines[0].path) == "MMM"
    assert [mark.title for mark in chart.lines[0].marks] == ["0: 1.0", "2: 2.0", "4: 3.0"]


def test_bounds_are_in_the_picture():
    chart = line_chart([line("auc", 0.5, 0.6)], [Bound(0.9, "at least 0.9"), Bound(math.inf, "none")])
    (bound,) = chart.bounds
    assert bound.title == "at least 0.9"
    assert 0 <= bound.y < min(mark.y for mark in chart.lines[0].marks)


def test_an_axis_may_begin_at_zero():
    assert line_chart([line("rate", 90, 100)]).y_ticks[0].title == "90"
    assert line_chart([line("rate", 90, 100)], from_zero=True).y_ticks[0].title == "0"


def test_there_are_no_more_lines_and_labels_than_can_be_told_apart():
    chart = line_chart([line(f"line {number}", *range(100)) for number in range(LINES + 3)])
    assert len(chart.lines) == LINES
    assert chart.left_out == 3
    assert len(chart.x_ticks) <= LABELS
    assert chart.x_ticks[-1].title == "99"


def test_nothing_gives_no_chart():
    assert line_chart([]) is None
    assert line_chart([line("auc", None, math.inf)]) is None


@given(st.lists(st.lists(st.none() | FINITE, max_size=20), max_size=4))
def test_everything_lies_in_the_picture(values):
    chart = line_chart([line("any", *one) for one in values])
    for drawn in chart.lines if chart else ():
        for mark in drawn.marks:
            assert 0 <= mark.x <= chart.width
            assert 0 <= mark.y <= chart.height
