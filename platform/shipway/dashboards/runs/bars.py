"""Bars: when each task of a run was worked on (a Gantt chart), and how long the runs of a pipeline took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.drawing.scales import tick_label, ticks
from shipway.dashboards.rendering import seconds as in_words
from shipway.dashboards.runs.records import CACHED, RUNNING, UNREAD, Run, Task
from shipway.dashboards.runs.summaries import RunSummary

LABEL_WIDTH, BARS_WIDTH, AFTER_WIDTH = 190.0, 620.0, 90.0
ROW, BAR, AXIS = 26.0, 14.0, 26.0
LEAST_WIDTH = 3.0
ROWS_AT_MOST = 300
WIDEST_LABEL = 25

CHART_HEIGHT, CHART_WIDTH, WIDEST_COLUMN = 150.0, 860.0, 40.0
CHART_LEFT, CHART_TOP = 64.0, 10.0


@dataclass(frozen=True)
class Tick:
    """A mark on an axis, `at` pixels along it."""

    at: float
    label: str


@dataclass(frozen=True)
class Bar:
    """One bar, with a text for those who cannot see it."""

    name: str
    label: str
    state: str
    x: float
    y: float
    width: float
    height: float
    after: str
    title: str


@dataclass(frozen=True)
class Bars:
    """A chart of bars and its axis. `left_out` is how many there was no room for."""

    width: float
    height: float
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    left_out: int = 0


def gantt(run: Run, tasks: Sequence[Task], now_ms: float) -> Bars:
    """When the tasks of a run were worked on, in its last life: what had ended before a resume has no bar."""
    drawn = [task for task in tasks if _in_last_life(run, task)]
    shown = drawn[:ROWS_AT_MOST]
    begin = min([run.life_began_ms or float("inf"), *(task.began_ms or 0.0 for task in shown)], default=0.0)
    ends = [_end(task, now_ms) for task in shown]
    length = max(max(ends, default=begin) - begin, 1.0)
    bars = [
        _task_bar(task, number, (end, begin, length))
        for number, (task, end) in enumerate(zip(shown, ends, strict=True))
    ]
    marks = [
        Tick(round(LABEL_WIDTH + BARS_WIDTH * one * 1000 / length, 1), tick_label(one)) for one in ticks(length / 1000)
    ]
    height = AXIS + ROW * len(bars) + 6
    return Bars(LABEL_WIDTH + BARS_WIDTH + AFTER_WIDTH, height, bars, marks, len(drawn) - len(shown))


def _in_last_life(run: Run, task: Task) -> bool:
    return task.began_ms is not None and (task.ended_ms is None or task.ended_ms >= run.life_began_ms)


def _end(task: Task, now_ms: float) -> float:
    began = task.began_ms or 0.0
    if task.ended_ms is None:
        return max(began, now_ms) if task.state == RUNNING else began
    return max(began, task.ended_ms)


def _task_bar(task: Task, number: int, span: tuple[float, float, float]) -> Bar:
    end, begin, length = span
    began = task.began_ms or begin
    seconds = (end - began) / 1000
    width = max(LEAST_WIDTH, BARS_WIDTH * (end - began) / length)
    x = min(LABEL_WIDTH + BARS_WIDTH * (began - begin) / length, LABEL_WIDTH + BARS_WIDTH - LEAST_WIDTH)
    after = "cached" if task.state == CACHED else in_words(seconds)
    when = f"{in_words((began - begin) / 1000)} after the start, {in_words(seconds)}"
    return Bar(
        name=task.name,
        label=_label(task.name),
        state=task.state,
        x=round(x, 1),
        y=AXIS + ROW * number + (ROW - BAR) / 2,
        width=round(width, 1),
        height=BAR,
        after=after,
        title=f"{task.name[:300]}: {task.state.lower()}, {when}",
    )


def _label(name: str) -> str:
    return name if len(name) <= WIDEST_LABEL else name[: WIDEST_LABEL - 1] + "…"


def durations(summaries: Sequence[RunSummary]) -> Bars:
    """A column for every run, the oldest first; those whose state was not looked up are left out."""
    known = [one for one in reversed(summaries) if one.state != UNREAD]
    longest = max((one.seconds for one in known), default=0.0)
    scale = ticks(longest or 1.0, most=4)
    top = max(longest, scale[-1]) or 1.0
    column = min(WIDEST_COLUMN, (CHART_WIDTH - CHART_LEFT) / max(len(known), 1))
    bars = []
    for number, one in enumerate(known):
        height = max(2.0, CHART_HEIGHT * one.seconds / top)
        bars.append(
            Bar(
                name=one.run_id,
                label="",
                state=one.state,
                x=round(CHART_LEFT + column * number + column * 0.1, 1),
                y=round(CHART_TOP + CHART_HEIGHT - height, 1),
                width=round(column * 0.8, 1),
                height=round(height, 1),
                after="",
                title=f"{one.run_id[:300]}: {one.state.lower()}, {in_words(one.seconds)}",
            )
        )
    marks = [Tick(round(CHART_TOP + CHART_HEIGHT * (1 - one / top), 1), tick_label(one)) for one in scale]
    return Bars(CHART_WIDTH, CHART_TOP + CHART_HEIGHT + 12, bars, marks)
