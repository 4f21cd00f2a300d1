"""Which rows of a batch belong to which slice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.arrays import to_numpy
from shipway.data.errors import listing
from shipway.data.statistics.slice_definitions import SliceDefinition
from shipway.data.statistics.unnest import unnest
from shipway.errors import InputError

ALL_EXAMPLES = "All Examples"
MOST_SLICES = 2000


class UnknownSliceFeature(InputError):
    """A slice on a feature that the data lacks."""

    def __init__(self, feature: str, features: Sequence[str]) -> None:
        super().__init__(f"Cannot slice on {feature!r}, which is no feature: the features are {listing(features)}.")


class BadSliceValue(InputError):
    """A value to slice on that cannot be one of the feature's, or a value that cannot name a slice."""

    def __init__(self, feature: str, value: object, problem: str) -> None:
        super().__init__(f"Cannot slice the feature {feature!r} on {value!r}, which {problem}.")


class TooManySlices(InputError):
    """A feature, or a combination of features, with so many values that slices of them mean nothing."""

    def __init__(self, definition: SliceDefinition) -> None:
        features = " x ".join(repr(name) for name in sorted(definition))
        super().__init__(
            f"Slicing on {features} makes more than {MOST_SLICES} slices: "
            f"slice on features with fewer values, or name the values to slice on."
        )


def check_slices(definitions: Sequence[SliceDefinition], features: Sequence[str]) -> None:
    """Raise `UnknownSliceFeature` for a slice on anything that is not among `features`."""
    for name in itertools.chain.from_iterable(definitions):
        if name not in features:
            raise UnknownSliceFeature(name, features)


def slice_rows(batch: pa.RecordBatch, definition: SliceDefinition) -> Iterator[tuple[str, np.ndarray]]:
    """Each slice of `definition` that has rows in `batch`: its name and the indices of its rows, ascending.

    A name is TFDV's: `feature_value`, for several features in the order of their names joined by `_`. A row with
    several values is in the slice of each of them; a row without a value is in none.
    """
    names, rows = [""], [np.arange(batch.num_rows)]
    for feature in sorted(definition):
        values, value_rows = _rows_by_value(batch, feature, definition[feature])
        names, rows = _crossed(names, rows, [f"{feature}_{value}" for value in values], value_rows)
        if len(names) > MOST_SLICES:
            raise TooManySlices(definition)
    yield from zip(names, rows, strict=True)


def _crossed(
    names: list[str], rows: list[np.ndarray], more_names: list[str], more_rows: list[np.ndarray]
) -> tuple[list[str], list[np.ndarray]]:
    """Every pair of a slice with another that share rows."""
    if names == [""]:
        return more_names, more_rows
    crossed_names, crossed_rows = [], []
    for (name, left), (more, right) in itertools.product(
        zip(names, rows, strict=True), zip(more_names, more_rows, strict=True)
    ):
        shared = np.intersect1d(left, right, assume_unique=True)
        if shared.size:
            crossed_names.append(f"{name}_{more}")
            crossed_rows.append(shared)
    return crossed_names, crossed_rows


def _rows_by_value(
    batch: pa.RecordBatch, feature: str, wanted: Sequence[str | int] | None
) -> tuple[list[str], list[np.ndarray]]:
    column = batch.column(batch.schema.get_field_index(feature))
    if column.null_count == len(column):
        return [], []
    unnested = unnest(column, np.arange(batch.num_rows))
    assert unnested.weights is not None
    encoded = pc.dictionary_encode(unnested.values)
    codes = to_numpy(encoded.indices)
    order = np.argsort(codes, kind="stable")
    codes, owners = codes[order], unnested.weights[order]
    first = np.append(True, (codes[1:] != codes[:-1]) | (owners[1:] != owners[:-1]))
    codes, owners = codes[first], owners[first]
    codes, starts = np.unique(codes, return_index=True)
    rows = np.split(owners, starts[1:])
    values = [_value_name(feature, value) for value in encoded.dictionary.to_pylist()]
    chosen = None if wanted is None else _wanted_names(feature, wanted, encoded.dictionary.type)
    kept = [i for i, code in enumerate(codes) if chosen is None or values[code] in chosen]
    return [values[codes[i]] for i in kept], [rows[i] for i in kept]


def _value_name(feature: str, value: object) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise BadSliceValue(feature, value, "is not valid UTF-8") from error
    return str(value)


def _wanted_names(feature: str, wanted: Sequence[str | int], kind: pa.DataType) -> set[str]:
    if not pa.types.is_integer(kind):
        return {str(value) for value in wanted}
    names = set()
    for value in wanted:
        try:
            names.add(str(int(value)))
        except ValueError as error:
            raise BadSliceValue(feature, value, "is not an integer, and the feature's values are") from error
    return names
