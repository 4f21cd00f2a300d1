"""How often each of a feature's values occurs: few of them with their names, many as bars by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.data.charts.scale import height_of
from shipway.dashboards.pages.data.charts.shapes import HEIGHT, TOP, WIDTH, Bar, Chart, Label, bar, standing
from shipway.dashboards.pages.data.numbers import number, share

NAMED = 5
"""So many values have room for their names."""
RANKED = 50
ROW = 16.0
NAME_WIDTH, SHARE_WIDTH = 78.0, 50.0
NAME_LENGTH = 12
TITLE_LENGTH = 200

Counts = Mapping[str, float]


@dataclass(frozen=True)
class _Side:
    """One data set: by value its share of all that is counted, how much of the scale that is, and its title."""

    shares: Counts
    heights: Counts
    titles: Mapping[str, str]


def ranks_chart(here: Counts, there: Counts, logarithmic: bool) -> Chart | None:
    """The chart of the counts of values, the most frequent first; `there` may be empty. None where nothing occurs.

    Bars are shares of all that is counted; the other's stand at the same values, and those that only it has behind.
    """
    values = list(dict.fromkeys([*here, *there]))
    shown = values[: NAMED if len(values) <= NAMED else RANKED]
    shares = [_shares(counts) for counts in (here, there)]
    highest = max((one.get(value, 0.0) for one in shares for value in shown), default=0.0)
    if not highest > 0:
        return None
    mine, theirs = (
        _Side(
            shares=one,
            heights={value: height_of(one[value], highest, logarithmic) for value in shown if value in one},
            titles={value: _title(value, counts[value], one[value]) for value in one},
        )
        for counts, one in zip((here, there), shares, strict=True)
    )
    left_out = len(values) - len(shown)
    notes = [f"{number(left_out)} more values are not drawn"] if left_out else []
    return (_named if len(values) <= NAMED else _ranked)(shown, mine, theirs, notes)


def _title(value: str, count: float, part: float) -> str:
    return f"{value[:TITLE_LENGTH]}: {number(count)} ({share(part, 1)})"


def _shares(counts: Counts) -> Counts:
    total = sum(counts.values())
    return {value: count / total for value, count in counts.items()} if total > 0 else {}


def _named(values: Sequence[str], mine: _Side, theirs: _Side, notes: Sequence[str]) -> Chart:
    """A row for each value: its name, its bar and its share."""
    room = WIDTH - NAME_WIDTH - SHARE_WIDTH
    told = mine.shares or theirs.shares
    tops = {value: TOP + row * ROW for row, value in enumerate(values)}

    def bars(side: _Side, inset: float) -> list[Bar]:
        return [
            bar(NAME_WIDTH, tops[value] + inset, length * room, ROW - 3 - 2 * inset, side.titles[value])
            for value, length in side.heights.items()
        ]

    names = [Label(NAME_WIDTH - 6, top + 11, _short(value), "end") for value, top in tops.items()]
    parts = [Label(WIDTH - 2, top + 11, share(told.get(value, 0), 1), "end") for value, top in tops.items()]
    height = max(HEIGHT, TOP + len(values) * ROW + 2)
    return Chart(bars(mine, 2.5), bars(theirs, 0.5), [*names, *parts], notes, height)


def _ranked(values: Sequence[str], mine: _Side, theirs: _Side, notes: Sequence[str]) -> Chart:
    """A bar for each value, by rank."""
    step = (WIDTH - 8) / len(values)
    lefts = {value: 4 + rank * step for rank, value in enumerate(values)}

    def bars(side: _Side, inset: float) -> list[Bar]:
        return [
            standing(lefts[value] + inset, step - 2 * inset, height, side.titles[value])
            for value, height in side.heights.items()
        ]

    labels = [Label(2, HEIGHT - 4, _short(values[0])), Label(WIDTH - 2, HEIGHT - 4, f"rank {len(values)}", "end")]
    return Chart(bars(mine, 0.15 * step), bars(theirs, 0), labels, notes)


def _short(value: str) -> str:
    return value if len(value) <= NAME_LENGTH else value[: NAME_LENGTH - 1] + "…"
