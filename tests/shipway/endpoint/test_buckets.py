"""Histograms: what is counted, taken back, and told to Prometheus."""

import pytest

from shipway.endpoint.buckets import Buckets, cumulated


def test_values_are_counted_up_to_their_bounds_and_may_be_taken_back():
    buckets = Buckets((1.0, 5.0))
    for value in (0.5, 1.0, 3.0, 9.0):
        buckets.add(value)
    assert (buckets.counts, buckets.total) == ([2, 1, 1], 13.5)
    assert buckets.cumulated() == [("1.0", 2), ("5.0", 3), ("+Inf", 4)]
    buckets.add(3.0, -1)
    assert (buckets.counts, buckets.total) == ([2, 0, 1], 10.5)


def test_whole_bounds_are_told_as_floats():
    assert cumulated((1, 2), [1, 0, 2]) == [("1.0", 1), ("2.0", 1), ("+Inf", 3)]


def test_counts_that_belong_to_other_bounds():
    with pytest.raises(ValueError, match="zip"):
        cumulated((1.0,), [1, 2, 3])
