"""Slices, gaps, thresholds and limits of an evaluation whose files could be read."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.dashboards.evaluations import EvaluationFound, SliceMetrics, Threshold
from shipway.dashboards.pages.cards.content import Points, Table
from shipway.dashboards.pages.cards.evidence import Evidence, evidence_of
from shipway.dashboards.pages.cards.sections.evaluation import evaluation
from shipway.dashboards.pages.cards.sections.limits import limits
from shipway.dashboards.pages.cards.sections.slices import slices
from shipway.dashboards.pages.cards.telling import main_metrics, widest_gaps, worst_first


def by_carrier(name: str, auc: float, loss: float, rows: int) -> SliceMetrics:
    return SliceMetrics(f"carrier={name}", {"auc": auc, "loss": loss}, rows, ("carrier",))


FOUND = EvaluationFound(
    metrics={"example_count": 1000.0, "auc": 0.8, "loss": 0.4},
    baseline={"auc": 0.79},
    slices=[
        by_carrier("AA", 0.9, 0.3, 500),
        by_carrier("HA", 0.1, 9.0, 12),
        by_carrier("EV", 0.6, 0.7, 480),
        SliceMetrics("origin=EWR", {"auc": 0.8}, 1000, ("origin",)),
    ],
    thresholds=[
        Threshold("auc", "overall", "at least 0.7", 0.8, True, low=0.7),
        Threshold("auc", "carrier=EV", "at least 0.7", 0.6, False, low=0.7),
        Threshold("loss", "overall", "at most 0.5", 0.4, True, high=0.5),
    ],
    slice_count=4,
    rows=1000,
    from_files=True,
)


@pytest.fixture
def evidence(cards: Any) -> Any:
    """Evidence of a model with this evaluation."""
    from dataclasses import replace

    model = cards.queries.artifact(cards.train())
    whole = evidence_of(cards.home, cards.queries, model)

    def of(found: EvaluationFound | None) -> Evidence:
        return replace(whole, found=found)

    return of


def rows(section: Any, caption: str) -> list[list[str]]:
    table = next(one for one in section.blocks if isinstance(one, Table) and one.caption.startswith(caption))
    return [[one.text for one in row] for row in table.rows]


def points(section: Any) -> str:
    return "\n".join(item for one in section.blocks if isinstance(one, Points) for item in one.items)


def test_the_worst_slices_come_first_whichever_way_is_better() -> None:
    assert main_metrics(FOUND) == ["auc", "loss"]
    assert [one.name for one in worst_first(FOUND, "auc", FOUND.slices)] == ["carrier=EV", "origin=EWR", "carrier=AA"]
    assert [one.name for one in worst_first(FOUND, "loss", FOUND.slices)] == ["carrier=EV", "carrier=AA"]


def test_gaps_leave_out_slices_with_few_rows() -> None:
    told = [(one.feature, one.metric, one.best.name, one.worst.name, round(one.width, 6)) for one in widest_gaps(FOUND)]
    assert told == [
        ("carrier", "auc", "carrier=AA", "carrier=EV", 0.3),
        ("carrier", "loss", "carrier=AA", "carrier=EV", 0.4),
    ]
    assert widest_gaps(EvaluationFound()) == []


def test_slices(evidence: Any) -> None:
    section = slices(evidence(FOUND))
    assert rows(section, "Where auc")[:2] == [["all rows", "1,000", "0.8"], ["carrier=EV", "480", "0.6"]]
    assert [row[0] for row in rows(section, "The largest")] == [
        "all rows", "origin=EWR", "carrier=AA", "carrier=EV", "carrier=HA",
    ]  # fmt: skip
    assert rows(section, "Fairness gaps")[0] == ["carrier", "auc", "carrier=AA", "0.9", "carrier=EV", "0.6", "0.3"]


def test_many_slices_are_counted(evidence: Any) -> None:
    from dataclasses import replace

    many = [by_carrier(f"C{number}", 0.5 + number / 1000, 0.4, 100) for number in range(200)]
    section = slices(evidence(replace(FOUND, slices=many, slice_count=250)))
    assert len(rows(section, "Where auc")) == 7
    left_out = [one.text for one in section.blocks if "left out" in getattr(one, "text", "")]
    assert left_out == ["242 slices are left out; the evaluation has them."]


def test_thresholds_that_do_not_hold_come_first(evidence: Any) -> None:
    section = evaluation(evidence(FOUND))
    assert rows(section, "Thresholds")[0] == ["auc", "carrier=EV", "at least 0.7", "0.6", "does not hold"]
    assert rows(section, "Metrics of all rows")[1] == ["auc", "0.8", "0.79"]


def test_limits_that_the_evaluation_tells(evidence: Any) -> None:
    told = points(limits(evidence(FOUND)))
    assert "auc on carrier=EV is 0.6, and should be at least 0.7" in told
    assert "fewer than 30 rows, and their metrics say little: carrier=HA (12)." in told
    assert "No threshold" not in told
    bare = points(limits(evidence(EvaluationFound({"auc": 0.5}, from_files=True))))
    assert "No threshold was set" in bare
    assert "not evaluated by slice" in bare
    assert "was not evaluated: how good" in points(limits(evidence(None)))
