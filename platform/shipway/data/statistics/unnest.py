"""From a column to what statistics are made of: how many values each row has, level by level, and the values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.arrays import to_numpy, valid_mask
from shipway.data.columns import is_list


@dataclass(frozen=True)
class Level:
    """One level of nesting: how many elements are present, and how many values those hold.

    `lengths` are the different numbers of values (int64, ascending) and `counts` how many elements have each. The two
    weights add up the weights of the present elements, and of all their values.
    """

    lengths: np.ndarray
    counts: np.ndarray
    weight: float = 0.0
    values_weight: float = 0.0

    @property
    def present(self) -> int:
        return int(self.counts.sum())

    @property
    def values(self) -> int:
        return int(self.lengths @ self.counts)


@dataclass(frozen=True)
class Unnested:
    """A column taken apart; `values` are its innermost values in order, `weights` the weight of the row of each.

    A column of scalars is one level whose present elements hold one value each. `innermost`, of a column with several
    levels, counts the innermost values of each row that is present.
    """

    levels: list[Level]
    values: pa.Array
    weights: np.ndarray | None
    innermost: Level | None = None


def unnest(column: pa.Array, weights: np.ndarray | None = None) -> Unnested:
    """Take `column` (scalars, or lists of any depth) apart; `weights` is one float64 per row, or None."""
    if pa.types.is_dictionary(column.type) and not is_list(column.type.value_type):
        return _scalars(column, weights)
    if not is_list(column.type):
        return _scalars(column, weights)
    levels = []
    rows = np.flatnonzero(valid_mask(column))
    owners = np.arange(len(column)) if is_list(column.type.value_type) else None
    while is_list(column.type):
        lengths = list_lengths(column)
        levels.append(_level(lengths, column, weights))
        weights = None if weights is None else np.repeat(weights, lengths)
        owners = None if owners is None else np.repeat(owners, lengths)
        column = pc.list_flatten(column)
    innermost = None
    if owners is not None:
        leaves = np.bincount(owners[: len(column)], minlength=int(rows[-1]) + 1 if rows.size else 0)
        innermost = _counted(leaves[rows])
    if pa.types.is_null(column.type):
        levels.append(Level(np.empty(0, np.int64), np.empty(0, np.int64)))
    return Unnested(levels, column, weights, innermost)


def _scalars(column: pa.Array, weights: np.ndarray | None) -> Unnested:
    missing = column.null_count
    if missing and weights is not None:
        weights = weights[valid_mask(column)]
    present = len(column) - missing
    weight = 0.0 if weights is None else float(weights.sum())
    sizes = np.array([1] if present else [], np.int64)
    level = Level(sizes, sizes * present, weight, weight)
    return Unnested([level], pc.drop_null(column) if missing else column, weights)


def list_lengths(column: pa.Array) -> np.ndarray:
    """The number of values of each element (int64), 0 where the list is missing."""
    if pa.types.is_fixed_size_list(column.type):
        return valid_mask(column) * np.int64(column.type.list_size)
    return np.where(valid_mask(column), to_numpy(pc.list_value_length(column)), 0).astype(np.int64)


def _level(lengths: np.ndarray, column: pa.Array, weights: np.ndarray | None) -> Level:
    present = valid_mask(column) if column.null_count else slice(None)
    counted = _counted(lengths[present])
    if weights is None:
        return counted
    return Level(counted.lengths, counted.counts, float(weights[present].sum()), float(weights @ lengths))


def _counted(lengths: np.ndarray) -> Level:
    values, counts = np.unique(lengths, return_counts=True)
    return Level(values.astype(np.int64), counts.astype(np.int64))
