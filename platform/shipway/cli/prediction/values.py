"""Values of a file as the inputs of a signature take them, by dtype and shape; a missing one becomes its marker.

Text is read as a number where the model wants one, because CSV has nothing else. What does not fit is named by its row
and its column.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from shipway.cli.prediction.rows import RowBatch
from shipway.data.errors import listing
from shipway.data.model.missing import MISSING_STRING, missing_marker
from shipway.data.model.signature import Signature, TensorSpec
from shipway.errors import InputError

TRUTHS: dict[Any, bool] = {"true": True, "1": True, 1: True, "false": False, "0": False, 0: False}
LONGEST_QUOTE = 60


class ColumnAbsent(InputError):
    """The rows lack an input of the model."""

    def __init__(self, name: str, signature: str, columns: Sequence[str]) -> None:
        super().__init__(
            f"The rows have no column {name!r}, which the signature {signature!r} takes: they have {listing(columns)}."
        )


class BadValue(InputError):
    """A value that the model's input does not take."""

    def __init__(self, row: int, spec: TensorSpec, value: Any) -> None:
        super().__init__(
            f"The value in row {row}, column {spec.name!r} is {_quoted(value)}, and the model takes {spec}: "
            "correct it, or leave it empty where it is missing."
        )


class NoMarker(InputError):
    """A missing value where the model has no way to be told so."""

    def __init__(self, row: int, spec: TensorSpec) -> None:
        super().__init__(
            f"The value in row {row}, column {spec.name!r} is missing, and {spec} has no number that would say so: "
            "give a value."
        )


def converted(batch: RowBatch, signature: Signature) -> dict[str, list[Any]]:
    """For each input of the signature its values, one for each row, nested as the input's shape is.

    Raises:
        ColumnAbsent, BadValue, NoMarker: see there.
    """
    for name in signature.inputs:
        if name not in batch.columns:
            raise ColumnAbsent(name, signature.name, list(batch.columns))
    return {name: _column(batch, spec) for name, spec in signature.inputs.items()}


def arrays(columns: Mapping[str, list[Any]], signature: Signature) -> dict[str, np.ndarray]:
    """What `converted` gives as the arrays that a model is called with: strings as objects of bytes."""
    return {name: np.array(_encoded(columns[name]), spec.numpy_dtype) for name, spec in signature.inputs.items()}


def _column(batch: RowBatch, spec: TensorSpec) -> list[Any]:
    read = _reader(spec)
    values = batch.columns[spec.name]
    if spec.shape is not None and len(spec.shape) > 1:
        return _nested(batch, spec, read)
    column = []
    for row, value in enumerate(values, batch.first):
        try:
            column.append(read(value))
        except (ValueError, TypeError, OverflowError) as error:
            raise _fault(row, spec, value) from error
    return column


def _fault(row: int, spec: TensorSpec, value: Any) -> InputError:
    return NoMarker(row, spec) if value is None else BadValue(row, spec, value)


def _nested(batch: RowBatch, spec: TensorSpec, read: Callable[[Any], Any]) -> list[Any]:
    """Rows of several values: those of rank 2 are padded by the marker to the input's width, or to the longest row."""
    rows = []
    for row, value in enumerate(batch.columns[spec.name], batch.first):
        try:
            rows.append(_read_nested(_listed(value), read, len(spec.shape or ()) - 1))
        except (ValueError, TypeError, OverflowError) as error:
            raise _fault(row, spec, value) from error
    sizes = (spec.shape or ())[1:]
    if len(sizes) == 1:
        width = max(1, *map(len, rows)) if sizes[0] is None else sizes[0]
        rows = [one + [read(None)] * (width - len(one)) for one in rows]
        sizes = (width,)
    for row, values in enumerate(rows, batch.first):
        if not _fits(values, sizes):
            raise BadValue(row, spec, batch.columns[spec.name][row - batch.first])
    return rows


def _listed(value: Any) -> list[Any]:
    """A cell of several values: a list, or its JSON text; a bare value is the only one, a missing one none."""
    if value is None:
        return []
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = json.loads(value)
    return value if isinstance(value, list) else [value]


def _read_nested(values: list[Any], read: Callable[[Any], Any], depth: int) -> list[Any]:
    if depth == 1:
        return [read(value) for value in values]
    return [_read_nested(_listed(value), read, depth - 1) for value in values]


def _fits(values: list[Any], sizes: Sequence[int | None]) -> bool:
    if sizes[0] is not None and len(values) != sizes[0]:
        return False
    return len(sizes) == 1 or all(_fits(value, sizes[1:]) for value in values)


def _reader(spec: TensorSpec) -> Callable[[Any], Any]:
    """From a value of the file to one of the input's dtype; raises `ValueError` or `TypeError`."""
    kind = spec.numpy_dtype.kind
    if kind == "O":
        return _text
    if kind == "f":
        return _number
    if kind == "b":
        return _truth
    if kind in "iu":
        limits = np.iinfo(spec.numpy_dtype)
        marker = missing_marker(spec.dtype) if spec.dtype == "int64" else None
        return lambda value: _whole(value, int(limits.min), int(limits.max), marker)
    raise InputError(f"The input {spec.name!r} takes {spec}, which no file can hold: choose another signature.")


def _text(value: Any) -> str | bytes:
    if value is None:
        return MISSING_STRING.decode()
    if isinstance(value, str):
        value.encode()  # lone surrogates are no text
    elif not isinstance(value, bytes):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise TypeError
    return float(value)


def _whole(value: Any, lowest: int, highest: int, marker: Any) -> int:
    if value is None:
        if marker is None:
            raise ValueError
        return int(marker)
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise TypeError
    number = _whole_number(value)
    if not lowest <= number <= highest:
        raise ValueError
    return number


def _whole_number(value: Any) -> int:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:  # 3.0 is what tables with missing values make of 3
            value = float(value)
    if value != int(value):
        raise ValueError
    return int(value)


def _truth(value: Any) -> bool:
    try:
        return TRUTHS[value.lower() if isinstance(value, str) else value]
    except KeyError:
        raise ValueError from None


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_encoded(one) for one in value]
    return value.encode() if isinstance(value, str) else value


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
