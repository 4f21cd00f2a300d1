"""Quantiles: exact while few, within their bound when thinned, the same however the stream is cut up."""

import numpy as np
import pytest

from shipway.data.statistics.quantiles import QuantileSummary, boundaries


def summary_of(
    values: np.ndarray, capacity: int, pieces: int = 1, weights: np.ndarray | None = None
) -> QuantileSummary:
    summary = QuantileSummary(capacity)
    for part in np.array_split(np.arange(values.size), pieces):
        summary.add(values[part], None if weights is None else weights[part])
    return summary


def test_boundaries_are_values_of_the_stream() -> None:
    edges, up_to = summary_of(np.array([5.0, 1.0, 3.0, 3.0]), 100).quantiles(2)
    assert edges.tolist() == [1.0, 3.0, 5.0]
    assert up_to.tolist() == [1.0, 3.0, 4.0]


def test_weights_count_as_repetitions() -> None:
    repeated = summary_of(np.array([1.0, 2.0, 2.0, 2.0, 9.0, 9.0]), 100).quantiles(3)
    weighted = summary_of(np.array([2.0, 9.0, 1.0, 4.0]), 100, weights=np.array([3.0, 2.0, 1.0, 0.0])).quantiles(3)
    assert [part.tolist() for part in weighted] == [part.tolist() for part in repeated]


def test_nothing_added_gives_nothing() -> None:
    assert QuantileSummary(10).quantiles(4)[0].size == 0


@pytest.mark.parametrize("shape", ["random", "sorted", "heavy"])
def test_a_thinned_stream_keeps_its_rank_error(shape: str) -> None:
    random = np.random.default_rng(3)
    values = random.lognormal(size=300_000)
    if shape == "sorted":
        values = np.sort(values)
    if shape == "heavy":
        values[: values.size // 3] = 1.0
        random.shuffle(values)
    summary = summary_of(values, 8192, pieces=97)
    edges, _ = summary.quantiles(100)
    ordered = np.sort(values)
    low, high = np.searchsorted(ordered, edges, "left"), np.searchsorted(ordered, edges, "right")
    wanted = np.linspace(0, values.size, 101)
    error = np.maximum(np.maximum(low - wanted, wanted - high), 0) / values.size
    assert error.max() < 0.01
    assert (edges[0], edges[-1]) == (ordered[0], ordered[-1])
    assert summary.entries()[1].sum() == pytest.approx(values.size)


def test_few_different_values_stay_exact_however_many_there_are() -> None:
    values = np.random.default_rng(1).integers(0, 24, 100_000)
    edges, up_to = summary_of(values, 1000, pieces=60).quantiles(50)
    exact = boundaries((np.arange(24.0), np.bincount(values).astype(float)), 50)
    assert edges.tolist() == exact[0].tolist()
    assert up_to.tolist() == exact[1].tolist()


def test_merging_is_adding() -> None:
    values = np.random.default_rng(2).normal(size=5000)
    left, right = summary_of(values[:2000], 1 << 20), summary_of(values[2000:], 1 << 20)
    left.merge(right)
    whole = summary_of(values, 1 << 20)
    assert left.quantiles(10)[0].tolist() == whole.quantiles(10)[0].tolist()


def test_merging_thinned_summaries_keeps_everything() -> None:
    values = np.random.default_rng(2).normal(size=60_000)
    left, right = summary_of(values[:20_000], 2048, 5), summary_of(values[20_000:], 2048, 11)
    left.merge(right)
    edges, up_to = left.quantiles(2)
    assert up_to[-1] == pytest.approx(60_000)
    assert edges[1] == pytest.approx(np.median(values), abs=0.05)
