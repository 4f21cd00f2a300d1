import datetime

import pytest

from shipway.data.span_pattern import InvalidPattern, SpanPattern


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def found(pattern, folder):
    return [(str(m.path.relative_to(folder)), m.span, m.version) for m in SpanPattern(pattern).files(folder)]


def test_a_span_matches_digits_of_any_width(tmp_path):
    touch(tmp_path, "day-1.csv", "day-012.csv", "day-x.csv", "day-3.txt")
    assert found("day-{SPAN}.csv", tmp_path) == [("day-1.csv", 1, None), ("day-012.csv", 12, None)]


def test_a_width_matches_exactly_that_many_digits(tmp_path):
    touch(tmp_path, "day-01.csv", "day-1.csv", "day-123.csv")
    assert found("day-{SPAN:2}.csv", tmp_path) == [("day-01.csv", 1, None)]


def test_versions_are_ordered_as_numbers_below_their_span(tmp_path):
    touch(tmp_path, "s1/v10/a.csv", "s1/v9/a.csv", "s2/v1/a.csv")
    expected = [("s1/v9/a.csv", 1, 9), ("s1/v10/a.csv", 1, 10), ("s2/v1/a.csv", 2, 1)]
    assert found("s{SPAN}/v{VERSION}/*.csv", tmp_path) == expected


def test_a_date_is_the_number_of_days_since_1970_and_no_date_does_not_match(tmp_path):
    touch(tmp_path, "2017/log-20170101.csv", "2017/log-20170231.csv")
    touch(tmp_path, "1970/log-19700101.csv")
    days = (datetime.date(2017, 1, 1) - datetime.date(1970, 1, 1)).days
    assert found("*/log-{YYYY}{MM}{DD}.csv", tmp_path) == [
        ("1970/log-19700101.csv", 0, None),
        ("2017/log-20170101.csv", days, None),
    ]
    assert days == 17167


def test_globs_stay_within_a_name_unless_they_have_two_stars(tmp_path):
    touch(tmp_path, "a/b/c.csv", "a/c.csv", ".hidden.csv", "a/[x].csv")
    assert [name for name, *_ in found("*.csv", tmp_path)] == []
    assert [name for name, *_ in found("*/c.csv", tmp_path)] == ["a/c.csv"]
    assert [name for name, *_ in found("**/*.csv", tmp_path)] == ["a/[x].csv", "a/b/c.csv", "a/c.csv"]
    assert [name for name, *_ in found("a/[bc].csv", tmp_path)] == ["a/c.csv"]


def test_markers_are_no_data_unless_they_are_asked_for(tmp_path):
    touch(tmp_path, "_SUCCESS", "_data.csv", "part-0")
    assert [name for name, *_ in found("*", tmp_path)] == ["part-0"]
    assert [name for name, *_ in found("_data*", tmp_path)] == ["_data.csv"]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{SPAN}-{SPAN}", "has a placeholder twice"),
        ("{SPAN}-{YYYY}{MM}{DD}", "has both a span and a date"),
        ("{YYYY}-{MM}", "has only a part of a date"),
        ("v{VERSION}", "has a version without a span"),
        ("{SPAN:0}", "has the width '0', which is no positive number"),
        ("{SPAN:x}", "has the width 'x', which is no positive number"),
        ("{DAY}", "has the unknown placeholder {DAY}"),
    ],
)
def test_a_pattern_that_breaks_the_rules_is_named_with_its_fault(pattern, problem):
    with pytest.raises(InvalidPattern) as caught:
        SpanPattern(pattern)
    assert str(caught.value).startswith(f"The file pattern {pattern!r} {problem}")
