"""Arrow columns as the dense numpy arrays that a model's named inputs take."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.model.missing import missing_marker
from shipway.data.model.signature import TensorSpec
from shipway.errors import InputError


class FeatureAbsent(InputError):
    """The examples lack a column that the model needs."""

    def __init__(self, name: str, columns: list[str]) -> None:
        super().__init__(
            f"The model needs the feature {name!r}, which the examples lack (they have {', '.join(columns)}): "
            "use examples of the schema that the model was trained with."
        )


class FeatureUnfit(InputError):
    """A column cannot be turned into what the model's input takes."""

    def __init__(self, name: str, given: str, wanted: TensorSpec) -> None:
        super().__init__(
            f"The feature {name!r} is {given} in the examples but the model takes {wanted}: convert the column or "
            "choose another signature."
        )


def feed_array(batch: pa.RecordBatch, spec: TensorSpec) -> np.ndarray:
    """The column of `spec.name` as the array that the input takes; missing values as their markers.

    A rank-1 input takes one value a row, a rank-2 input [rows, values], with rows padded by the marker.

    Raises:
        FeatureAbsent: no such column.
        FeatureUnfit: the type does not convert, or rows have more values than the shape has room for.
    """
    position = batch.schema.get_field_index(spec.name)
    if position < 0:
        raise FeatureAbsent(spec.name, batch.schema.names)
    column = batch.column(position)
    try:
        values, lengths = _flatten(column, spec)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise FeatureUnfit(spec.name, str(column.type), spec) from error
    return _shaped(values, lengths, spec)


def _flatten(column: pa.Array, spec: TensorSpec) -> tuple[np.ndarray, np.ndarray]:
    """All values in row order, and how many belong to each row."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        return _values(column.flatten(), spec), lengths.astype(np.int64)
    return _values(column, spec), np.ones(len(column), np.int64)


def _values(array: pa.Array, spec: TensorSpec) -> np.ndarray:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return np.full(len(array), missing_marker(spec.dtype), spec.numpy_dtype)
    if spec.dtype == "string":
        array = array.cast(pa.large_binary() if pa.types.is_large_string(array.type) else pa.binary())
    elif array.null_count:
        array = array.cast(pa.float32() if spec.dtype.startswith("float") else pa.int64())
    if array.null_count:
        array = pc.fill_null(array, pa.scalar(missing_marker(spec.dtype), array.type))
    values = array.to_numpy(zero_copy_only=False)
    if values.dtype.kind == "O" and spec.dtype != "string":
        raise ValueError("text is no number")
    return values.astype(spec.numpy_dtype, copy=False)


def _shaped(values: np.ndarray, lengths: np.ndarray, spec: TensorSpec) -> np.ndarray:
    rows, longest = len(lengths), int(lengths.max(initial=0))
    inner = tuple(max(longest, 1) if size is None else size for size in (spec.shape or ())[1:])
    width = math.prod(inner)
    if longest > width:
        raise FeatureUnfit(spec.name, f"up to {longest} values a row", spec)
    if len(values) == rows * width:
        dense = values
    else:
        dense = np.full((rows, width), missing_marker(spec.dtype), values.dtype)
        dense[np.arange(width) < lengths[:, None]] = values
    return dense.reshape(rows, *inner)
