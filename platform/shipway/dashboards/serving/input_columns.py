"""Logged inputs as columns of features, in the types that statistics are made of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.arrays import from_mask, from_numpy, to_numpy, valid_mask

MISSING_INT64 = np.iinfo(np.int64).min
"""How a request says that a whole number is missing; NaN and the empty string say it of others."""


def features_of(table: pa.Table, shadow: str, most_rows: int) -> tuple[pa.RecordBatch, tuple[float, float]] | None:
    """The last rows of a logged table by feature, and the first and last time of them in milliseconds since 1970.

    Copies for a shadow (an arm that begins so) and rows without inputs are left out; None where nothing is left.

    Args:
        table: the columns time, arm and inputs (a struct).
        most_rows: the newest so many.
    """
    batches = table.combine_chunks().to_batches()
    if not batches:
        return None
    (batch,) = batches
    inputs = batch.column(batch.schema.get_field_index("inputs"))
    arms = batch.column(batch.schema.get_field_index("arm"))
    is_copy = to_mask(pc.starts_with(arms, pattern=shadow))
    kept = np.flatnonzero(valid_mask(inputs) & ~is_copy)[-most_rows:]
    if not kept.size:
        return None
    rows = pc.take(batch, from_numpy(kept))
    inputs = rows.column(rows.schema.get_field_index("inputs"))
    columns = {
        inputs.type[index].name: column
        for index, values in enumerate(inputs.flatten())
        if (column := feature_column(values)) is not None
    }
    micros = to_numpy(pc.cast(rows.column(rows.schema.get_field_index("time")), pa.int64()))
    times = float(micros.min()) / 1e3, float(micros.max()) / 1e3
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns)), times


def feature_column(values: pa.Array) -> pa.Array | None:
    """A column with nulls for what a request marks as missing; None for types that no statistics are made of."""
    kind = values.type
    if pa.types.is_boolean(kind):
        return pc.cast(values, pa.int64())
    if pa.types.is_floating(kind):
        return _without(values, np.isnan(to_numpy(values)))
    if pa.types.is_integer(kind):
        return _without(values, to_numpy(values) == MISSING_INT64)
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return _without(values, to_numpy(pc.binary_length(values)) == 0)
    if pa.types.is_list(kind) and not pa.types.is_nested(kind.value_type):
        return values
    return None


def to_mask(values: pa.Array) -> np.ndarray:
    """A column of booleans as bool[rows]; null counts as False."""
    return to_numpy(values) & valid_mask(values)


def _without(values: pa.Array, missing: np.ndarray) -> pa.Array:
    """The column with nulls where `missing`, and where there were some before."""
    if not missing.any():
        return values
    return pc.if_else(from_mask(missing), pa.nulls(len(values), values.type), values)
