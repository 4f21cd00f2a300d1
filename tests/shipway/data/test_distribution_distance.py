"""Distances between distributions: as TFDV's own engine measures them, and over histograms that make no sense."""

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.data.distribution_distance import jensen_shannon, jensen_shannon_of_values, l_infinity
from shipway.data.statistics import StatisticsOptions, generate_statistics, overall
from shipway.data.validation_engine import validate_statistics

RANDOM = np.random.default_rng(7)


def with_nan(values, count):
    return np.concatenate([values, np.full(count, np.nan)])


PAIRS = {
    "shifted": (RANDOM.normal(0, 1, 500), RANDOM.normal(1, 2, 300)),
    "the same": (RANDOM.normal(0, 1, 500),) * 2,
    "apart": (RANDOM.random(200), 10 + RANDOM.random(200)),
    "whole numbers": (RANDOM.integers(0, 30, 400), RANDOM.integers(5, 90, 400)),
    "one value": (np.full(50, 3.0), np.full(60, 3.0)),
    "two values": (np.full(50, 3.0), np.full(60, 4.0)),
    "a value and a range": (np.full(50, 3.0), RANDOM.normal(3, 1, 100)),
    "infinite": (np.array([np.inf, -np.inf, *RANDOM.random(20)]), np.array([np.inf, *RANDOM.random(20)])),
    "not numbers": (with_nan(RANDOM.random(100), 30), with_nan(RANDOM.random(100), 10)),
    "not numbers, in the same range": (with_nan(np.linspace(0, 1, 101), 50), with_nan(np.linspace(0, 1, 101) ** 2, 5)),
    "zeros": (np.zeros(10), RANDOM.random(10)),
}


def measured(here, there, feature_type, comparator, **options):
    """The statistics of one column twice, and what the engine measures."""
    chosen = StatisticsOptions(**options)
    weight = {"weight": pa.array(RANDOM.random(len(here)))} if options else {}
    other = {"weight": pa.array(RANDOM.random(len(there)))} if options else {}
    first = overall(generate_statistics(pa.table({"x": here, **weight}).to_batches(), chosen))
    second = overall(generate_statistics(pa.table({"x": there, **other}).to_batches(), chosen))
    schema = schema_pb2.Schema()
    feature = schema.feature.add(name="x", type=feature_type)
    getattr(feature.drift_comparator, comparator).threshold = 0
    found = validate_statistics(first, schema, previous=second)
    return first.features[0], second.features[0], found.drift_skew_info[0].drift_measurements[0].value


@pytest.mark.parametrize("name", PAIRS)
def test_numbers_as_tfdv_measures_them(name):
    here, there = PAIRS[name]
    kind = schema_pb2.INT if here.dtype.kind == "i" else schema_pb2.FLOAT
    first, second, expected = measured(pa.array(here), pa.array(there), kind, "jensen_shannon_divergence")
    found = jensen_shannon(first.num_stats.histograms[0], second.num_stats.histograms[0])
    assert found == pytest.approx(expected, abs=1e-9)


def test_weighted_numbers_as_tfdv_measures_them():
    here, there = PAIRS["shifted"]
    first, second, expected = measured(
        pa.array(here), pa.array(there), schema_pb2.FLOAT, "jensen_shannon_divergence", weight_feature="weight"
    )
    histograms = [one.num_stats.weighted_numeric_stats.histograms[0] for one in (first, second)]
    assert jensen_shannon(*histograms) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("most_here", "most_there"), [(5, 5), (3, 8), (1, 2)])
def test_categories_as_tfdv_measures_them(most_here, most_there):
    here, there = ([f"v{one}" for one in RANDOM.integers(0, most, 200)] for most in (most_here, most_there))
    first, second, expected = measured(pa.array(here), pa.array(there), schema_pb2.BYTES, "infinity_norm")
    counts = [
        {one.label: one.sample_count for one in side.string_stats.rank_histogram.buckets} for side in (first, second)
    ]
    assert l_infinity(*counts) == pytest.approx(expected, abs=1e-9)


def test_categories_diverge_as_tfdv_measures_them():
    here, there = ([f"v{one}" for one in RANDOM.integers(0, most, 200)] for most in (4, 7))
    first, second, expected = measured(pa.array(here), pa.array(there), schema_pb2.BYTES, "jensen_shannon_divergence")
    counts = [
        {one.label: one.sample_count for one in side.string_stats.rank_histogram.buckets} for side in (first, second)
    ]
    assert jensen_shannon_of_values(*counts) == pytest.approx(expected, abs=1e-9)
    assert jensen_shannon_of_values({"a": 1}, {"b": 1}) == 1
    assert jensen_shannon_of_values({"a": 1}, {}) is None


def histogram(*buckets):
    made = statistics_pb2.Histogram()
    for low, high, count in buckets:
        made.buckets.add(low_value=low, high_value=high, sample_count=count)
    return made


def test_huge_ranges_do_not_overflow():
    wide = histogram((-1.7e308, 0, 5), (0, 1.7e308, 5))
    assert jensen_shannon(wide, wide) == 0
    assert jensen_shannon(wide, histogram((0, 1.7e308, 10))) == pytest.approx(0.3112781, abs=1e-6)


@pytest.mark.parametrize(
    "odd",
    [
        histogram(),
        histogram((0, 1, 0)),
        histogram((0, 1, float("nan"))),
        histogram((0, 1, float("inf"))),
        histogram((0, 1, -5)),
    ],
)
def test_what_holds_nothing_has_no_distance(odd):
    assert jensen_shannon(odd, histogram((0, 1, 5))) is None
    assert jensen_shannon(histogram((0, 1, 5)), odd) is None


def test_buckets_that_make_no_sense_still_have_one():
    crossed = histogram((5, 1, 3), (0, 4, 2), (2, 3, 2), (float("nan"), 1, 1))
    found = jensen_shannon(crossed, histogram((0, 1, 5)))
    assert 0 <= found <= 1


def test_no_categories():
    assert l_infinity({}, {"a": 1}) is None
    assert l_infinity({"a": 0}, {"a": 1}) is None
    assert l_infinity({"a": 1}, {"b": 1}) == 1
