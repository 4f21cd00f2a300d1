"""Bars lie where their times say, and inside of the chart."""

from __future__ import annotations

import pytest

from shipway.dashboards.drawing.scales import tick_label, ticks
from shipway.dashboards.runs.bars import BARS_WIDTH, CHART_WIDTH, LABEL_WIDTH, durations, gantt
from shipway.dashboards.runs.records import Run, Task
from shipway.dashboards.runs.summaries import RunSummary


def timed(name: str, began: float, ended: float | None, state: str = "SUCCEEDED") -> Task:
    return Task(name, state, began_ms=began, ended_ms=ended)


def test_bars_in_proportion():
    tasks = [timed("a", 1000, 2000), timed("b", 2000, 5000), Task("c", "WAITING"), timed("d", 5000, None, "RUNNING")]
    run = Run("r1", "taxi", "RUNNING", life_began_ms=1000, tasks=tasks)
    first, second, third = gantt(run, tasks, now_ms=9000).bars
    assert (first.x, first.width) == (LABEL_WIDTH, BARS_WIDTH / 8)
    assert (second.x, second.width) == (LABEL_WIDTH + BARS_WIDTH / 8, 3 * BARS_WIDTH / 8)
    assert (third.name, third.after) == ("d", "4.0 s")
    assert third.x + third.width == LABEL_WIDTH + BARS_WIDTH
    assert first.y < second.y < third.y


def test_what_ended_before_a_resume_has_no_bar():
    tasks = [timed("a", 1000, 2000), timed("b", 900_000, 901_000)]
    run = Run("r1", "taxi", "SUCCEEDED", started_ms=1000, life_began_ms=900_000, tasks=tasks)
    assert [bar.name for bar in gantt(run, tasks, 0).bars] == ["b"]


@pytest.mark.parametrize(
    "tasks", [[], [Task("a", "WAITING")], [timed("a", 5000, 5000, "CACHED")], [timed("a", 9000, 10)]]
)
def test_charts_of_nothing_much(tasks):
    run = Run("r1", "taxi", "SUCCEEDED", life_began_ms=5000, tasks=tasks)
    chart = gantt(run, tasks, 0)
    assert all(LABEL_WIDTH <= bar.x <= bar.x + bar.width <= chart.width for bar in chart.bars)


def test_durations_from_old_to_new():
    summaries = [RunSummary(f"r{n}", "taxi", "SUCCEEDED", n, float(n)) for n in (3, 2, 1)]
    chart = durations([*summaries, RunSummary("r0", "taxi", "UNREAD", 0)])
    assert [bar.name for bar in chart.bars] == ["r1", "r2", "r3"]
    heights = [bar.height for bar in chart.bars]
    assert heights == sorted(heights)
    assert heights[2] == pytest.approx(3 * heights[0], rel=0.01)
    many = durations([RunSummary(f"r{n}", "taxi", "FAILED", n, 1.0) for n in range(50)])
    assert max(bar.x + bar.width for bar in many.bars) <= CHART_WIDTH
    assert durations([]).bars == []


@pytest.mark.parametrize(
    ("length", "found"),
    [
        (0.05, [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (8, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (3600 * 7, [3600.0 * n for n in range(8)]),
    ],
)
def test_ticks_are_round(length, found):
    assert ticks(length) == found
    assert len(ticks(length * 1e9)) <= 9


@pytest.mark.parametrize(
    ("seconds", "label"), [(0, "0"), (0.5, "0.5 s"), (90, "1:30 min"), (120, "2 min"), (7200, "2 h"), (172800, "2 d")]
)
def test_labels_of_ticks(seconds, label):
    assert tick_label(seconds) == label
