"""The form of a batch that TFDV, TF Transform and TFMA take: every column a list, text as bytes."""

from __future__ import annotations

import pyarrow as pa

from shipway.data.columns import cast_column, is_list


def to_tfx_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`batch` with large lists of int64, float32 or large_binary, which is what tfx_bsl's own decoder makes.

    A missing value becomes a missing list; a column that has no values at all stays of Arrow's null type. Columns that
    already have their form are shared, not copied.
    """
    columns = [_as_tfx_column(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def tfx_type(kind: pa.DataType) -> pa.DataType:
    """The type that `to_tfx_batch` gives a column of a feature type."""
    value = kind.value_type if is_list(kind) else kind
    if pa.types.is_null(value):
        return pa.null()
    if pa.types.is_boolean(value) or pa.types.is_integer(value):
        return pa.large_list(pa.int64())
    if pa.types.is_floating(value):
        return pa.large_list(pa.float32())
    return pa.large_list(pa.large_binary())


def _as_tfx_column(column: pa.Array) -> pa.Array:
    return cast_column(column, tfx_type(column.type))
