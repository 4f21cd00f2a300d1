"""Cron expressions, intervals and moments: read as people mean them, refused before anything is sent."""

from datetime import UTC, datetime

import pytest

from shipway.kube.pipelines.cron import BadCron, BadInterval, BadMoment, read_cron, read_interval, read_moment


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("0 6 * * *", "0 0 6 * * *"),
        ("30 0 6 * * *", "30 0 6 * * *"),
        ("*/15 9-17 * * MON-FRI", "0 */15 9-17 * * MON-FRI"),
        ("0 0 1,15 jan-mar ?", "0 0 0 1,15 jan-mar ?"),
        ("@Daily", "@daily"),
    ],
)
def test_five_fields_are_sent_with_their_seconds(text, sent):
    assert read_cron(text) == sent


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "0 fields"),
        ("hourly", "1 field"),
        ("@often", "@daily"),
        ("0 25 * * *", "'25' is not within 0 to 23"),
        ("61 * * * *", "minute '61'"),
        ("0 6 0 * *", "day of the month"),
        ("0 6 * 13 *", "month"),
        ("0 6 * * FUN", "day of the week 'FUN' cannot be read"),
        ("*/0 * * * *", "has the step '0'"),
        ("17-9 * * * *", "ends before it begins"),
        ("1-2-3 * * * *", "cannot be read"),
        ("-5 * * * *", "cannot be read"),
        ("0 6 * * * * *", "7 fields"),
    ],
)
def test_a_bad_expression_is_told_by_its_field(text, problem):
    with pytest.raises(BadCron) as refused:
        read_cron(text)
    assert problem in str(refused.value)
    assert "such as '0 6 * * *'" in str(refused.value)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("6h", 21600), ("1d", 86400)])
def test_intervals(text, seconds):
    assert read_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5m", "1y", "fast", "1.5h"])
def test_a_bad_interval(text):
    with pytest.raises(BadInterval, match="write 90s, 15m, 6h or 1d"):
        read_interval(text)


def test_moments_have_a_time_zone():
    assert read_moment("start", "2027-03-01T06:00+01:00") == datetime(2027, 3, 1, 5, tzinfo=UTC)
    assert read_moment("start", "2027-03-01").tzinfo is UTC


def test_a_bad_moment():
    with pytest.raises(BadMoment, match="--end 'tomorrow' is no moment"):
        read_moment("end", "tomorrow")
