"""One Arrow column as flat numpy values and the number of values in each row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.tensors.errors import ColumnUnfit


class Values(NamedTuple):
    """`flat` holds all values in row order; `lengths` [rows] says how many belong to each row (0: missing)."""

    flat: np.ndarray
    lengths: np.ndarray


def column_values(table: pa.Table, name: str, dtype: str) -> Values:
    """The values of a column, or no values for any row where the table lacks the column.

    Args:
        table: rows.
        name: the column.
        dtype: "int64", "float32" or "string".

    Raises:
        ColumnUnfit: the column holds something that does not convert to `dtype`.
    """
    if name not in table.column_names:
        return Values(np.empty(0, _numpy_dtype(dtype)), np.zeros(table.num_rows, np.int64))
    column = table.column(name).combine_chunks()
    column = column if isinstance(column, pa.Array) else pa.concat_arrays(column.chunks)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        return Values(_flat(column.flatten(), name, dtype), lengths)
    if not column.null_count:
        return Values(_flat(column, name, dtype), np.ones(len(column), np.int64))
    lengths = column.is_valid().to_numpy(zero_copy_only=False).astype(np.int64)
    return Values(_flat(column.drop_null(), name, dtype), lengths)


def _flat(array: pa.Array, name: str, dtype: str) -> np.ndarray:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    if pa.types.is_null(array.type):
        return np.empty(0, _numpy_dtype(dtype))
    if (text or _is_binary(array.type)) != (dtype == "string"):
        raise ColumnUnfit(name, str(array.type), dtype)
    if pa.types.is_floating(array.type) and dtype == "int64":
        raise ColumnUnfit(name, str(array.type), dtype)
    if text:
        array = array.cast(pa.large_binary() if pa.types.is_large_string(array.type) else pa.binary())
    return array.to_numpy(zero_copy_only=False).astype(_numpy_dtype(dtype), copy=False)


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _numpy_dtype(dtype: str) -> np.dtype:
    return np.dtype(object if dtype == "string" else dtype)
