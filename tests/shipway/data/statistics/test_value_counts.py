"""Counts of values: exact, merged, and by frequency once there are too many different ones."""

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.statistics.capacity import Capacity
from shipway.data.statistics.value_counts import ValueCounts, count_values

EXACT = Capacity()
TINY = Capacity(distinct_values=50)


def ranked(counts: ValueCounts, most: int) -> list[tuple[object, int]]:
    _, top = counts.top(most)
    return sorted(zip(top.values.to_pylist(), top.counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))


def test_counts_add_up_over_batches() -> None:
    counts = ValueCounts(EXACT)
    for batch in (["a", "b", None], ["b", "c"], []):
        counts.add(count_values(pa.array(batch, pa.string())))
    assert counts.top(10)[0] == 3
    assert ranked(counts, 10) == [(b"b", 2), (b"a", 1), (b"c", 1)]


def test_among_equally_frequent_values_the_greatest_are_kept() -> None:
    counts = ValueCounts(EXACT)
    counts.add(count_values(pa.array(["c", "d", "b", "a", "a"])))
    unique, _ = counts.top(2)
    assert unique == 4
    assert ranked(counts, 2) == [(b"a", 2), (b"d", 1)]


def test_many_waiting_batches_are_settled() -> None:
    counts = ValueCounts(EXACT)
    numbers = np.arange(30_000)
    for start in range(0, 200_000, 10_000):
        counts.add(count_values(pa.array((numbers + start) % 50_000)))
    assert counts.top(5)[0] == 50_000
    assert counts.top(50_000)[1].counts.sum() == 20 * 30_000


def test_weights_are_added_up_beside_counts() -> None:
    counts = ValueCounts(EXACT)
    counts.add(count_values(pa.array(["a", "b", "a", None]), np.array([0.5, 4.0, 1.0, 9.0])))
    heavy = counts.weighted_top(5)
    assert dict(zip(heavy.values.to_pylist(), heavy.counts.tolist(), strict=True)) == {b"a": 1.5, b"b": 4.0}


def test_merging_is_adding() -> None:
    left, right = ValueCounts(EXACT), ValueCounts(EXACT)
    left.add(count_values(pa.array(["a", "b"])))
    right.add(count_values(pa.array(["b"])))
    left.merge(right)
    assert ranked(left, 5) == [(b"b", 2), (b"a", 1)]


def skewed(rows: int) -> pa.Array:
    """Value k with a frequency that falls with k, over far more than 50 values."""
    ranks = np.minimum(np.random.default_rng(5).zipf(1.5, rows), 5000)
    return pa.array([f"v{rank}" for rank in ranks])


def test_past_its_capacity_it_keeps_what_is_frequent() -> None:
    values = skewed(100_000)
    exact, lossy = ValueCounts(EXACT), ValueCounts(TINY)
    for start in range(0, 100_000, 10_000):
        for counts in (exact, lossy):
            counts.add(count_values(values.slice(start, 10_000)))
            counts.top(1)
    assert lossy.top(5)[0] == pytest.approx(exact.top(5)[0], rel=0.02)
    assert ranked(lossy, 8) == ranked(exact, 8)


def test_heavy_values_are_kept_as_frequent_ones_are() -> None:
    counts = ValueCounts(TINY)
    counts.add(count_values(pa.array(["gold"]), np.array([1e6])))
    for start in range(0, 900, 100):
        dull = pa.array([f"v{number}" for number in range(start, start + 100)] * 2)
        counts.add(count_values(dull, np.ones(200)))
        counts.top(1)
    assert counts.weighted_top(1).values.to_pylist() == [b"gold"]


def test_values_that_are_too_long_together_are_forgotten_too() -> None:
    counts = ValueCounts(Capacity(distinct_bytes=5000))
    counts.add(count_values(pa.array(["x" * 4000, "y" * 4000, "short", "short"])))
    unique, top = counts.top(5)
    assert (unique, top.values.to_pylist()) == (3, [b"short"])


def test_merging_counts_the_values_that_either_side_forgot() -> None:
    left, right = ValueCounts(TINY), ValueCounts(TINY)
    for counts, start in ((left, 0), (right, 400)):
        counts.add(count_values(pa.array([f"v{number}" for number in range(start, start + 600)] + ["v500"] * 99)))
        counts.top(1)
    left.merge(right)
    unique, top = left.top(1)
    assert (unique, top.values.to_pylist(), top.counts.tolist()) == (1000, [b"v500"], [200])
