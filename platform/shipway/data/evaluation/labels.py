"""Labels and example weights of a batch as numpy arrays, checked before a model is asked for anything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.columns import is_list
from shipway.data.evaluation.errors import LabelsUnusable, WeightsUnusable


def label_array(name: str, column: pa.Array, first_row: int) -> np.ndarray:
    """Labels without missing values: float64 of shape [rows] or [rows, classes], or text as objects of shape [rows].

    Raises `LabelsUnusable` for NaN, and for lists of different lengths.
    """
    if is_list(column.type):
        return _label_lists(name, column, first_row)
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        return np.array([_text(value) for value in column.to_pylist()], dtype=object)
    values = column.to_numpy(zero_copy_only=False).astype(np.float64)
    if np.isnan(values).any():
        row = first_row + int(np.flatnonzero(np.isnan(values))[0])
        remedy = "leave it missing where there is none, such rows are skipped"
        raise LabelsUnusable(name, f"is NaN in row {row} of the labelled rows", remedy)
    return values


def weight_array(name: str, column: pa.Array, first_row: int) -> np.ndarray:
    """Example weights, float64 of shape [rows]; raises `WeightsUnusable` unless each is a number of at least 0."""
    if is_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        if (lengths != 1).any():
            raise WeightsUnusable(name, f"has {lengths[lengths != 1][0]} values in one row")
        column = column.flatten()
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise WeightsUnusable(name, f"is {column.type}")
    if column.null_count:
        raise WeightsUnusable(name, f"is missing in {column.null_count} rows")
    values = column.to_numpy(zero_copy_only=False).astype(np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        raise WeightsUnusable(name, f"is {values[wrong[0]]:g} in row {first_row + int(wrong[0])} of the labelled rows")
    return values


def join_labels(name: str, parts: Sequence[np.ndarray]) -> np.ndarray:
    """The labels of all batches; raises `LabelsUnusable` where batches differ in their number of classes."""
    widths = {part.shape[1:] for part in parts}
    if len(widths) > 1:
        shown = " and ".join(sorted(str(list(width)) for width in widths))
        raise LabelsUnusable(name, f"has rows of different shapes ({shown})", "give every row as many values")
    return np.concatenate(parts)


def _label_lists(name: str, column: pa.Array, first_row: int) -> np.ndarray:
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    width = int(lengths[0]) if len(lengths) else 1
    if (lengths != width).any():
        row = first_row + int(np.flatnonzero(lengths != width)[0])
        problem = f"has {width} values in one row and {lengths[lengths != width][0]} in another (row {row})"
        raise LabelsUnusable(name, problem, "give every row one value, or one per class")
    values = label_array(name, column.flatten(), first_row * max(width, 1))
    return values if width == 1 else values.reshape(len(lengths), width)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
