"""A model's outputs as columns beside the rows that they are for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from shipway_components.bulk_inferrer.errors import ColumnTaken, NoOutput, OutputUnfit


def output_column(name: str, values: np.ndarray) -> pa.Array:
    """[rows], [rows, 1] as scalars and [rows, n] as lists, of int64, float32 or binary; raises `OutputUnfit`."""
    if values.ndim > 2:
        raise OutputUnfit(name, values.shape)
    flat = _feature_array(values.reshape(-1))
    if values.ndim == 1 or values.shape[1] == 1:
        return flat
    offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), flat)


def with_predictions(
    batch: pa.RecordBatch, outputs: Mapping[str, np.ndarray], renamed: Mapping[str, str] | None = None
) -> pa.RecordBatch:
    """`batch` with a column for every output, or for those in `renamed` under their names there.

    Raises:
        NoOutput: `renamed` names an output that is not there.
        ColumnTaken: the batch already has such a column.
        OutputUnfit: an output has more than two dimensions.
    """
    chosen = renamed if renamed is not None else {name: name for name in outputs}
    arrays, names = list(batch.columns), list(batch.schema.names)
    for output, column in chosen.items():
        if output not in outputs:
            raise NoOutput(output, outputs)
        if column in names:
            raise ColumnTaken(column)
        arrays.append(output_column(output, outputs[output]))
        names.append(column)
    return pa.RecordBatch.from_arrays(arrays, names=names)


def _feature_array(values: np.ndarray) -> pa.Array:
    if values.dtype.kind == "f":
        return pa.array(values.astype(np.float32, copy=False))
    if values.dtype.kind in "biu":
        return pa.array(values.astype(np.int64, copy=False))
    return pa.array(list(values), pa.binary())
