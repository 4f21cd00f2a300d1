from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from shipway.client.retrying import RetryPolicy, retry_after_seconds

LOW, HIGH = RetryPolicy(draw=lambda: 0.0), RetryPolicy(draw=lambda: 1.0)


def test_pauses_double_and_are_spread_over_their_upper_half():
    assert [LOW.pause(retry, 503) for retry in range(4)] == [0.05, 0.1, 0.2, None]
    assert [HIGH.pause(retry, 503) for retry in range(4)] == [0.1, 0.2, 0.4, None]


def test_no_pause_is_longer_than_the_longest():
    assert RetryPolicy(retries=99, longest_seconds=3.0, draw=lambda: 1.0).pause(50, None) == 3.0


def test_the_server_is_never_asked_before_it_wants_to_be():
    assert LOW.pause(0, 429, 2.0) == 2.05
    assert LOW.pause(0, 429, 10.5) is None


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500, 502, 504])
def test_what_would_fail_again_is_not_tried_again(status):
    assert LOW.pause(0, status) is None


def test_retry_after_is_a_number_or_a_moment():
    assert retry_after_seconds("3") == 3.0
    later = retry_after_seconds(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert 55 < later <= 60
    assert retry_after_seconds(format_datetime(datetime(2001, 1, 1, tzinfo=UTC))) == 0.0
    assert retry_after_seconds("soon") is None
    assert retry_after_seconds(None) is None
