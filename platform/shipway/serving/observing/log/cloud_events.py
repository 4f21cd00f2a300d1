"""A logged request as a CloudEvent 1.0, in its structured JSON form.

Its `type` is `org.shipway.inference`, its `id` the tracking id, its `source` the signature of the version that
answered. `data` has what a row of the Parquet log has, with inputs and outputs by columns: an array of one value a row
for each name. Strings are text, or `{"b64": ...}` where they are not UTF-8; NaN and infinities are null.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson

from shipway.serving.model import Arrays
from shipway.serving.observing.log.layout import is_by_row
from shipway.serving.observing.log.taken import TakenBatch

EVENT_TYPE = "org.shipway.inference"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"


def events_of(batch: TakenBatch, clock: float) -> Iterator[dict[str, Any]]:
    """One event for each call of a batch; `clock` makes its times seconds since 1970."""
    source = f"/v1/models/{quote(batch.model)}/versions/{batch.version}/signatures/{quote(batch.signature.name)}"
    by_row = is_by_row(batch)
    start = 0
    for index, rows in enumerate(batch.call_rows):
        rows_of_call = slice(start, start + rows) if by_row else None
        arrived = batch.arrived[index]
        yield {
            "specversion": "1.0",
            "type": EVENT_TYPE,
            "source": source,
            "id": batch.ids[index],
            "time": datetime.fromtimestamp(arrived + clock, UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": {
                "tracking_id": batch.ids[index],
                "model": batch.model,
                "version": batch.version,
                "arm": batch.arms[index],
                "signature": batch.signature.name,
                "transport": batch.transports[index],
                "code": batch.code.name,
                "latency_ms": (batch.finished[index] - arrived) * 1e3,
                "inputs": _columns(batch.feed, rows_of_call),
                "outputs": _columns(batch.outputs, rows_of_call),
            },
        }
        start += rows


def encode(events: list[dict[str, Any]]) -> bytes:
    """The body of a batch of events."""
    return orjson.dumps(events, default=_listed, option=orjson.OPT_SERIALIZE_NUMPY)


def _columns(arrays: Arrays | None, rows: slice | None) -> dict[str, Any] | None:
    if arrays is None:
        return None
    parts = arrays if rows is None else {name: array[rows] for name, array in arrays.items()}
    return {name: _plain(np.asarray(array)) for name, array in parts.items()}


def _plain(array: np.ndarray) -> Any:
    if array.dtype.kind in "OSU":
        return _texts(array.tolist())
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], axis=-1)
    return np.ascontiguousarray(array) if array.ndim else array.item()


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(one) for one in value]
    if not isinstance(value, bytes):
        return str(value).encode("utf-8", "replace").decode()
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def _listed(value: Any) -> Any:
    """What orjson does not write by itself: dtypes that only machine learning has."""
    return value.astype(np.float64) if isinstance(value, np.ndarray) else str(value)
