"""Columns that a model's own transform makes of the raw rows: what TFMA calls preprocessing functions.

A label such as "the tip is more than a fifth of the fare" is in no file: the transform makes it, and the exported model
has the transform as a signature of its own. The rows are given its outputs before they are evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from shipway.data.model.serving_model import ServingModel


class Preprocessing:
    """The signatures of `model` that `preprocessing_function_names` lists; without any, rows stay as they are."""

    def __init__(self, model: ServingModel, names: Sequence[str]) -> None:
        self.model = model
        self.signatures = [model.signature(name) for name in names]

    @property
    def made(self) -> list[str]:
        """The columns that the signatures give."""
        return [name for signature in self.signatures for name in signature.outputs]

    def columns(self, there: Iterable[str]) -> set[str]:
        """The columns that the signatures read, of those that are there."""
        return {
            name
            for name in there
            for signature in self.signatures
            if signature.takes_examples or name in signature.inputs
        }

    def add(self, batch: pa.RecordBatch, wanted: Iterable[str]) -> pa.RecordBatch:
        """`batch` with those `wanted` columns that the signatures make; a made column stands in for a raw one."""
        chosen = set(wanted).intersection(self.made)
        if not chosen:
            return batch
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for signature in self.signatures:
            outputs = self.model.predict(batch, signature.name)
            columns |= {name: _column(values) for name, values in outputs.items() if name in chosen}
        return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _column(values: np.ndarray) -> pa.Array:
    """Values as a scalar column where there is one a row, else as a column of lists."""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    return pa.array(values if values.ndim == 1 else list(values))
