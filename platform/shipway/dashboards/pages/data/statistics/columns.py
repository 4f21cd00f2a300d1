"""The columns of each kind's table: what Facets Overview shows of a feature, in the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.data.numbers import NONE, number, share
from shipway.dashboards.pages.data.statistics.features import BYTES, CATEGORICAL, NUMERIC, OTHER, STRUCT, Feature

LONGEST_VALUE = 300
TITLES = {
    NUMERIC: "Numeric features",
    CATEGORICAL: "Categorical features",
    BYTES: "Features of bytes",
    STRUCT: "Structures",
    OTHER: "Features with statistics of their own alone",
}
MUCH = 0.5
"""The part of missing values, or of zeros, from which on it is pointed out."""


@dataclass(frozen=True)
class Cell:
    """A number, or a value as text; `is_much` is pointed out."""

    text: str
    is_text: bool = False
    is_much: bool = False


@dataclass(frozen=True)
class Column:
    title: str
    cell: Callable[[Feature], Cell]


def _plain(value: Callable[[Feature], float]) -> Callable[[Feature], Cell]:
    """A number of the values, of which there have to be some."""
    return lambda feature: Cell(number(value(feature)) if feature.has_values else NONE)


def _unique(feature: Feature) -> Cell:
    """Of bytes nobody may have counted it."""
    return Cell(number(feature.stats.unique) if feature.stats.unique else NONE)


def _missing(feature: Feature) -> Cell:
    there = feature.presence
    return Cell(share(there.missing, there.rows), is_much=there.missing > MUCH * there.rows)


def _zeros(feature: Feature) -> Cell:
    """Zeros have no weights: they are always counted."""
    zeros, values = feature.stats.num_zeros, feature.common.tot_num_values
    return Cell(share(zeros, values), is_much=zeros > MUCH * values)


def _top(feature: Feature) -> Cell:
    top = feature.top_values
    return Cell(top[0][0][:LONGEST_VALUE], is_text=True) if top else Cell(NONE, is_text=True)


def _top_frequency(feature: Feature) -> Cell:
    top = feature.top_values
    return Cell(number(top[0][1])) if top else Cell(NONE)


def _count(feature: Feature) -> Cell:
    return Cell(number(feature.presence.present) if feature.common is not None else NONE)


COUNT, MISSING = Column("Count", _count), Column("Missing", _missing)
COLUMNS: Mapping[str, Sequence[Column]] = {
    NUMERIC: (
        COUNT,
        MISSING,
        Column("Mean", _plain(lambda one: one.values.mean)),
        Column("Std dev", _plain(lambda one: one.values.std_dev)),
        Column("Zeros", _zeros),
        Column("Min", _plain(lambda one: one.stats.min)),
        Column("Median", _plain(lambda one: one.values.median)),
        Column("Max", _plain(lambda one: one.stats.max)),
    ),
    CATEGORICAL: (
        COUNT,
        MISSING,
        Column("Unique", _unique),
        Column("Top value", _top),
        Column("Freq top", _top_frequency),
        Column("Avg length", _plain(lambda one: one.stats.avg_length)),
    ),
    BYTES: (
        COUNT,
        MISSING,
        Column("Unique", _unique),
        Column("Avg bytes", _plain(lambda one: one.stats.avg_num_bytes)),
        Column("Min bytes", _plain(lambda one: one.stats.min_num_bytes)),
        Column("Max bytes", _plain(lambda one: one.stats.max_num_bytes)),
    ),
    STRUCT: (COUNT, MISSING),
    OTHER: (),
}


def cells_of(feature: Feature | None, kind: str) -> list[Cell] | None:
    """The cells of a feature in its kind's table; None where it is not there, or of another kind there."""
    if feature is None or feature.kind != kind:
        return None
    return [column.cell(feature) for column in COLUMNS[kind]]
