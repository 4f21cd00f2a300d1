"""Plain rows of small batches, kept as they came until the log's thread makes one large batch of many.

A few callers who wait for each answer leave batches of a row or some. Taken by its arrays, such a batch would cost the
event loop and the thread as much as a large one: many times what a row of that costs.
"""

from __future__ import annotations

from typing import NamedTuple

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

SMALL_BATCH = 16
"""Rows; of more than these the arrays that are there already are cheaper than the rows."""

MOST_ROWS = 256
"""Making columns of more would hold the interpreter for longer than requests should wait."""


class Form(NamedTuple):
    """What batches have in common that can be gathered."""

    names: tuple[str, ...]
    """Of the inputs, in the order in which the rows have them."""

    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    """Each output that was asked for, with its shape without the rows."""


class GatheredRows:
    """Rows of one signature and form, in the order in which they were answered.

    Attributes:
        rows: how many there are, one a call.
        size: bytes, about.
    """

    __slots__ = (
        "_calls",
        "_form",
        "_output_texts",
        "_outputs",
        "_servable",
        "_signature",
        "_size_of_row",
        "_texts",
        "size",
    )

    def __init__(self, servable: Servable, signature: Signature, form: Form) -> None:
        self.size = 0
        self._servable = servable
        self._signature = signature
        self._form = form
        self._calls: list[Call] = []
        self._outputs: list[Arrays] = []
        self._texts = [at for at, name in enumerate(form.names) if signature.inputs[name].dtype == "string"]
        self._output_texts = [name for name, _ in form.outputs if _is_text(signature, name)]
        self._size_of_row = BYTES_OF_CALL + BYTES_OF_VALUE * (len(form.names) + len(form.outputs))

    @property
    def rows(self) -> int:
        return len(self._calls)

    def has_room_for(self, servable: Servable, signature: Signature, form: Form) -> bool:
        """Whether rows of this form belong here."""
        return (
            self._servable is servable
            and self._signature is signature
            and self._form == form
            and len(self._calls) < MOST_ROWS
        )

    def add(self, batch: Batch) -> int:
        """Add a batch of plain rows; returns its bytes, about."""
        outputs = batch.outputs or {}
        self._calls += batch.calls
        self._outputs.append(outputs)
        size = self._size_of_row * batch.rows
        for call in batch.calls:
            size += len(call.tracking_id)
            if self._texts:
                row = call.feed.row  # type: ignore[attr-defined]
                for at in self._texts:
                    size += len(row[at])
        for name in self._output_texts:
            size += sum(map(len, outputs[name].reshape(-1).tolist()))
        self.size += size
        return size

    def merged(self) -> TakenBatch:
        """All rows, as if the model had been given them together."""
        feed = merge(self._calls, self._signature, BatchingRules())
        outputs = {name: np.concatenate([batch[name] for batch in self._outputs]) for name in self._outputs[0]}
        return TakenBatch(self._servable, self._signature, self._calls, self.rows, feed, outputs, Code.OK)


def form_of(batch: Batch) -> Form | None:
    """The form of a small batch of plain rows; None for any other batch."""
    if batch.outputs is None or batch.rows > SMALL_BATCH or len(batch.calls) != batch.rows:
        return None
    names: tuple[str, ...] | None = None
    for call in batch.calls:
        feed = call.feed
        if type(feed) is not Row:
            return None
        if names is None:
            names = feed.names
        elif feed.names != names:
            return None
    outputs = []
    for name, array in batch.outputs.items():
        shape = array.shape
        if not shape or shape[0] != batch.rows:
            return None
        outputs.append((name, shape[1:]))
    return None if names is None else Form(names, tuple(outputs))


def _is_text(signature: Signature, output: str) -> bool:
    spec = signature.outputs.get(output)
    return spec is not None and spec.dtype == "string"
