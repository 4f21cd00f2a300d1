"""Rows of values, one for each run, and what is different in them, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.runs.texts import plain, shown

ROWS_AT_MOST = 300
DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Row:
    """One fact of all runs: texts, None where a run does not have it. `change` says what differs, "" for nothing."""

    name: str
    values: Sequence[str | None]
    change: str


@dataclass(frozen=True)
class Section:
    """Facts of one kind. `same` of those `compared` are the same in all runs; `left_out` is how many were too many."""

    title: str
    rows: Sequence[Row]
    compared: int
    same: int
    left_out: int


def section(title: str, facts: Sequence[Mapping[str, Any]], everything: bool) -> Section:
    """The facts of all runs, each run's as a mapping, in the order in which they are first named."""
    names = dict.fromkeys(name for one in facts for name in one)
    rows = [row_of(name, [one.get(name) for one in facts]) for name in names]
    wanted = [row for row in rows if row.change or everything]
    return Section(title, wanted[:ROWS_AT_MOST], len(rows), len(rows) - len(wanted), max(0, len(wanted) - ROWS_AT_MOST))


def row_of(name: str, values: Sequence[Any]) -> Row:
    """A row out of values as they are recorded; the change is told of the last against the first run."""
    return Row(plain(name), [_text(name, value) for value in values], _change(values))


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        return f"{value:.6g}"
    text = shown(value)
    return text[:DIGEST_LENGTH] if name.endswith("digest") else text


def _change(values: Sequence[Any]) -> str:
    if all(value == values[0] for value in values):
        return ""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return f"differs: {values[-1] - values[0]:+.6g}"
    missing = sum(value is None for value in values)
    return f"differs: {missing} without it" if missing else "differs"


def transposed(rows: Iterable[tuple[str, Sequence[Any]]], count: int) -> list[dict[str, Any]]:
    """From facts by name to facts by run."""
    facts: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, values in rows:
        for one, value in zip(facts, values, strict=True):
            if value is not None:
                one[name] = value
    return facts


def merged(pairs: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Facts of many runs out of comparisons of the first with each of the others."""
    names = dict.fromkeys(row.name for rows in pairs for row in rows)
    by_name = [{row.name: row for row in rows} for rows in pairs]
    for name in names:
        first = next((known[name].left for known in by_name if name in known), None)
        yield name, [first, *(known[name].right if name in known else None for known in by_name)]
