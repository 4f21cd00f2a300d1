"""Requests of one row that ran alone, kept as they came until the log's thread makes one batch of many.

A caller who waits for each answer leaves a batch a row. Taken by its arrays, each would cost the event loop and the
thread several times what a row of a larger batch costs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shipway.data.model.signature import Signature
from shipway.serving.batching.batch import Batch
from shipway.serving.batching.merging import merge
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Call, Row
from shipway.serving.faults import Code
from shipway.serving.model import Arrays
from shipway.serving.observing.log.taken import BYTES_OF_CALL, BYTES_OF_VALUE, TakenBatch
from shipway.serving.servable import Servable

ONE_VALUE = (1,)

MOST_ROWS = 256
"""Making a column of more would hold the interpreter for longer than requests should wait."""


class LoneRows:
    """Rows of one signature, in the order in which they were answered.

    Attributes:
        rows: how many there are, one a call.
        size: bytes, about.
    """

    __slots__ = (
        "_calls",
        "_names",
        "_output_texts",
        "_outputs",
        "_servable",
        "_signature",
        "_size_of_row",
        "_texts",
        "size",
    )

    def __init__(self, servable: Servable, signature: Signature, names: tuple[str, ...]) -> None:
        self.size = 0
        self._servable = servable
        self._signature = signature
        self._names = names
        self._calls: list[Call] = []
        self._outputs: list[Arrays] = []
        self._texts = [at for at, name in enumerate(names) if signature.inputs[name].dtype == "string"]
        self._output_texts = [name for name, spec in signature.outputs.items() if spec.dtype == "string"]
        self._size_of_row = BYTES_OF_CALL + BYTES_OF_VALUE * (len(signature.inputs) + len(signature.outputs))

    @property
    def rows(self) -> int:
        return len(self._calls)

    def has_room_for(self, servable: Servable, signature: Signature, names: tuple[str, ...]) -> bool:
        """Whether a row of these inputs belongs here."""
        return (
            self._servable is servable
            and self._signature is signature
            and self._names == names
            and len(self._calls) < MOST_ROWS
        )

    def add(self, call: Call, row: tuple[Any, ...], outputs: Arrays) -> int:
        """Add a call and the values of its row; returns their bytes, about."""
        self._calls.append(call)
        self._outputs.append(outputs)
        size = self._size_of_row + len(call.tracking_id)
        for at in self._texts:
            size += len(row[at])
        for name in self._output_texts:
            size += len(outputs[name][0])
        self.size += size
        return size

    def merged(self) -> TakenBatch:
        """All rows, as if the model had been given them together."""
        feed = merge(self._calls, self._signature, BatchingRules())
        outputs = {name: np.concatenate([row[name] for row in self._outputs]) for name in self._outputs[0]}
        return TakenBatch(self._servable, self._signature, self._calls, self.rows, feed, outputs, Code.OK)


def lone_row(batch: Batch) -> Row | None:
    """The inputs of a batch that is one call's plain row, for which the model gave one value an output; else None."""
    if batch.rows != 1 or len(batch.calls) != 1 or batch.outputs is None:
        return None
    feed = batch.calls[0].feed
    if type(feed) is not Row:
        return None
    for array in batch.outputs.values():
        if array.shape != ONE_VALUE:
            return None
    return feed
