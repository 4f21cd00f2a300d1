"""The table of slices and the gaps between them."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.dashboards.evaluations import EvaluationFound, SliceMetrics, Threshold
from shipway.dashboards.pages.models.asked import BEST, NAME, ROWS, Asked
from shipway.dashboards.pages.models.gaps import gaps_of
from shipway.dashboards.pages.models.slices import ON_A_PAGE, slice_table


def one(name: str, rows: int | None, feature: str = "", **values: float) -> SliceMetrics:
    return SliceMetrics(name, values, rows, (feature,) if feature else tuple(name.partition("=")[:1]))


FOUND = EvaluationFound(
    metrics={"auc": 0.8, "loss": 0.4, "calibration": 1.0, "fpr": 0.2},
    slices=[
        one("city=a", 100, auc=0.7, loss=0.5, calibration=1.5, fpr=0.3),
        one("city=b", 200, auc=0.9, loss=0.2, calibration=0.9, fpr=0.1),
        one("city=tiny", 3, auc=0.1, loss=9.0, calibration=9.0, fpr=1.0),
        one("shift=day", 250, auc=0.81, loss=0.41, calibration=1.01, fpr=0.2),
        one("shift=night", 53, loss=0.6, calibration=0.5, fpr=0.25),
    ],
    from_files=True,
)


def names(**chosen: Any) -> list[str]:
    return [row.slice.name for row in slice_table(FOUND, Asked(1, **chosen)).rows]


@pytest.mark.parametrize(
    ("chosen", "order"),
    [
        ({}, ["city=a", "shift=day", "city=b", "city=tiny", "shift=night"]),
        ({"order": BEST}, ["city=b", "shift=day", "city=a", "city=tiny", "shift=night"]),
        ({"sort": "loss"}, ["shift=night", "city=a", "shift=day", "city=b", "city=tiny"]),
        ({"sort": "loss", "order": BEST}, ["city=b", "shift=day", "city=a", "shift=night", "city=tiny"]),
        ({"sort": "calibration"}, ["city=a", "shift=night", "city=b", "shift=day", "city=tiny"]),
        ({"order": ROWS}, ["shift=day", "city=b", "city=a", "shift=night", "city=tiny"]),
        ({"order": NAME}, ["city=a", "city=b", "city=tiny", "shift=day", "shift=night"]),
        ({"sort": "no such metric"}, ["city=a", "shift=day", "city=b", "city=tiny", "shift=night"]),
        ({"find": "SHIFT"}, ["shift=day", "shift=night"]),
        ({"find": "city nothing"}, []),
    ],
)
def test_the_worst_come_first_and_the_small_after_them(chosen: dict[str, str], order: list[str]) -> None:
    assert names(**chosen) == order


def test_columns_and_differences() -> None:
    table = slice_table(FOUND, Asked(1, sort="loss"))
    assert table.columns == ["loss", "auc", "fpr", "calibration"]
    assert list(table.overall) == [0.4, 0.8, 0.2, 1.0]
    assert table.rows[0].values == [0.6, None, 0.25, 0.5]
    assert table.rows[0].difference == pytest.approx(0.2)
    assert (table.count, table.found, table.small, table.lower_is_better) == (5, 5, 1, True)


def test_many_slices_are_on_pages() -> None:
    slices = [one(f"user={number:03}", 50, auc=number / 1000) for number in range(193)]
    found = EvaluationFound(metrics={"auc": 0.5}, slices=slices)
    seen: list[str] = []
    page = 1
    while True:
        table = slice_table(found, Asked(1, page=page, find="user"))
        seen += [row.slice.name for row in table.rows]
        assert len(table.rows) <= ON_A_PAGE
        if not table.older:
            break
        page += 1
        assert f"page={page}" in table.older
        assert "find=user" in table.older
    assert seen == [one.name for one in slices]
    assert not slice_table(found, Asked(1, page=99)).rows


def test_bounds_tell_which_way_is_better() -> None:
    high = [Threshold("auc", "overall", "at most 1", 0.8, True, high=1.0)]
    assert EvaluationFound({"auc": 0.8}, thresholds=high).lower_is_better("auc") is True
    both = [Threshold("calibration", "overall", "from 0.9 to 1.1", 1.0, True, low=0.9, high=1.1)]
    assert EvaluationFound({"calibration": 1.0}, thresholds=both).lower_is_better("calibration") is None


def test_gaps_widest_first_without_small_slices() -> None:
    gaps = gaps_of(FOUND, "loss")
    assert [(gap.feature, round(gap.width, 6), gap.worst.name, gap.best.name) for gap in gaps.rows] == [
        ("city", 0.3, "city=a", "city=b"),
        ("shift", 0.19, "shift=night", "shift=day"),
    ]
    assert [(gap.compared, gap.left_out, gap.is_sure) for gap in gaps.rows] == [(2, 1, True), (2, 0, True)]
    assert gaps.left_out == 1
    assert [(gap.metric, gap.feature, gap.worst.name, round(gap.width, 6)) for gap in gaps.rates] == [
        ("fpr", "city", "city=a", 0.2),
        ("fpr", "shift", "shift=night", 0.05),
    ]


def test_a_feature_with_one_slice_of_the_metric_has_no_gap() -> None:
    assert [gap.feature for gap in gaps_of(FOUND, "auc").rows] == ["city"]
    assert gaps_of(FOUND, "nothing").metric == "auc"
    assert gaps_of(EvaluationFound(), "auc").rows == []


def test_slices_of_unknown_sizes_are_all_compared() -> None:
    slices = [one("a=1", None, auc=0.5), one("a=2", None, auc=0.7)]
    (gap,) = gaps_of(EvaluationFound({"auc": 0.6}, slices), "auc").rows
    assert (gap.is_sure, gap.compared, gap.worst.name) == (False, 2, "a=1")


@pytest.mark.parametrize(
    "metric",
    ["fairness_indicators_metrics/false_positive_rate@0.5", "fpr", "recall", "fall_out", "recall (top_k=2)"],
)
def test_rates(metric: str) -> None:
    slices = [one("a=1", 50, **{metric: 0.5}), one("a=2", 50, **{metric: 0.7})]
    assert [gap.metric for gap in gaps_of(EvaluationFound({metric: 0.6}, slices), "x").rates] == [metric]


def test_features_together_are_a_group_of_their_own() -> None:
    pairs = [SliceMetrics(f"a={n}, b={n}", {"auc": n / 10}, 50, ("a", "b")) for n in range(3)]
    (gap,) = gaps_of(EvaluationFound({"auc": 0.1}, pairs), "auc").rows
    assert (gap.feature, gap.width) == ("a, b", 0.2)
