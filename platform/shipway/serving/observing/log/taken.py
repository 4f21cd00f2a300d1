"""What the log takes from a batch in the event loop: references to its arrays, and lists of what its calls are.

A call itself is not kept: it holds its request's values a second time, one Python object each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.batch import Batch
from shipway.serving.batching.merging import merge
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Answer, Call, code_of
from shipway.serving.faults import Code
from shipway.serving.model import Arrays
from shipway.serving.observing.log.sampling import is_sampled
from shipway.serving.servable import Servable

BYTES_OF_CALL = 300
"""What a call takes in the log's queue beside its arrays, about."""

BYTES_OF_VALUE = 8


class TakenBatch:
    """Calls that ran together, and all of their rows.

    Attributes:
        feed, outputs: arrays by name, [rows, ...]; None where the inputs make no array, or where the model failed.
        call_rows: rows of each call, one after the other in the arrays.
        arrived, finished: of each call, seconds of `time.monotonic`.
        code: what became of all of the calls.
        size: bytes, about.
    """

    __slots__ = (
        "arms",
        "arrived",
        "call_rows",
        "code",
        "feed",
        "finished",
        "ids",
        "is_solo",
        "model",
        "outputs",
        "rows",
        "signature",
        "size",
        "transports",
        "version",
    )

    def __init__(
        self,
        servable: Servable,
        signature: Signature,
        calls: Sequence[Call],
        rows: int,
        feed: Arrays | None,
        outputs: Arrays | None,
        code: Code,
    ) -> None:
        self.model = servable.name
        self.version = servable.version
        self.signature = signature
        self.feed = feed
        self.outputs = outputs
        self.rows = rows
        self.code = code
        self.ids = [call.tracking_id for call in calls]
        self.is_solo = calls[0].is_solo
        self.arms = [call.arm for call in calls]
        self.transports = [call.transport for call in calls]
        self.arrived = [call.arrived for call in calls]
        self.finished = [call.finished for call in calls]
        self.call_rows = [call.rows for call in calls]
        self.size = (
            BYTES_OF_CALL * len(calls) + sum(map(len, self.ids)) + _bytes_of(servable, signature, rows, feed, outputs)
        )


def take(servable: Servable, signature: Signature, batch: Batch, rate: float = 1.0) -> list[TakenBatch]:
    """The calls of a batch that are in the sample: together where they ran together, one by one where they ran so."""
    calls = batch.calls
    chosen = calls if rate >= 1.0 else [call for call in calls if is_sampled(call.tracking_id, rate)]
    if not chosen:
        return []
    if batch.feed is None:
        return [
            _alone(servable, signature, call, result)
            for call, result in zip(calls, batch.results, strict=True)
            if rate >= 1.0 or is_sampled(call.tracking_id, rate)
        ]
    feed, outputs, rows = batch.feed, batch.outputs, batch.rows
    if len(chosen) < len(calls):
        kept = _rows_of(calls, rate)
        feed, outputs, rows = _picked(feed, kept), _picked(outputs or {}, kept), len(kept)
    return [TakenBatch(servable, signature, chosen, rows, feed, outputs, Code.OK)]


def _alone(servable: Servable, signature: Signature, call: Call, result: Answer | BaseException) -> TakenBatch:
    feed = _feed(call, signature)
    if isinstance(result, Answer):
        return TakenBatch(servable, signature, [call], call.rows, feed, result.arrays(), Code.OK)
    return TakenBatch(servable, signature, [call], call.rows, feed, None, code_of(result))


def _rows_of(calls: Sequence[Call], rate: float) -> np.ndarray:
    """The row numbers of the calls that are in the sample."""
    is_chosen = np.array([is_sampled(call.tracking_id, rate) for call in calls], bool)
    return np.flatnonzero(np.repeat(is_chosen, [call.rows for call in calls]))


def _picked(arrays: Arrays, rows: np.ndarray) -> Arrays:
    return {name: array[rows] for name, array in arrays.items()}


def _feed(call: Call, signature: Signature) -> Arrays | None:
    try:
        return merge([call], signature, BatchingRules())
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _bytes_of(servable: Servable, signature: Signature, rows: int, feed: Arrays | None, outputs: Arrays | None) -> int:
    """Bytes that the arrays hold, those included that strings point to."""
    size = 0
    for arrays, names in zip((feed, outputs), _only_texts(servable, signature), strict=True):
        if arrays is None:
            continue
        size += BYTES_OF_VALUE * rows * len(arrays)
        if names is None:
            size += sum(map(_bytes_of_array, arrays.values()))
            continue
        for name in names:
            size += sum(map(len, arrays[name].reshape(-1).tolist()))
    return size


def _only_texts(servable: Servable, signature: Signature) -> tuple[list[str] | None, list[str] | None]:
    """The names of the inputs and of the outputs that are strings, where all are one value a row; None otherwise."""
    key = ("log", signature.name)
    texts: tuple[list[str] | None, list[str] | None] | None = servable.kept.get(key)
    if texts is None:
        texts = servable.kept[key] = (_texts_of(signature.inputs), _texts_of(signature.outputs))
    return texts


def _texts_of(specs: Mapping[str, TensorSpec]) -> list[str] | None:
    if any(spec.shape is None or len(spec.shape) != 1 for spec in specs.values()):
        return None
    return [name for name, spec in specs.items() if spec.dtype == "string"]


def _bytes_of_array(array: np.ndarray) -> int:
    return array.nbytes + (sum(map(len, array.reshape(-1).tolist())) if array.dtype.kind == "O" else 0)
