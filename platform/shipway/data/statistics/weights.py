"""The weights of rows, checked before anything is computed with them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from shipway.data.arrays import to_numpy
from shipway.data.errors import listing
from shipway.data.statistics.options import StatisticsOptions
from shipway.data.statistics.unnest import unnest
from shipway.errors import InputError


class BadWeights(InputError):
    """A weight column that does not give each row one weight."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(
            f"The weight column {column!r} {problem}: it has to hold one number of 0 or more in every row."
        )


def row_weights(batch: pa.RecordBatch, options: StatisticsOptions) -> dict[str, np.ndarray]:
    """The weights of a batch's rows (float64) by the name of their column; raises `BadWeights`."""
    columns = {options.weight_feature, *options.per_feature_weight_override.values()} - {""}
    return {column: _weights(batch, column) for column in sorted(columns)}


def _weights(batch: pa.RecordBatch, column: str) -> np.ndarray:
    index = batch.schema.get_field_index(column)
    if index < 0:
        raise BadWeights(column, f"is not among the columns {listing(batch.schema.names)}")
    unnested = unnest(batch.column(index))
    values = unnested.values
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise BadWeights(column, f"holds {values.type} values")
    level = unnested.levels[0]
    if len(unnested.levels) > 1 or level.present != batch.num_rows or level.lengths.tolist() not in ([1], []):
        raise BadWeights(column, "has rows without a weight, or with several")
    weights = to_numpy(values).astype(np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise BadWeights(column, "has weights that are negative or not finite")
    return weights
