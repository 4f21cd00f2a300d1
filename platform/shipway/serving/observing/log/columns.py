"""NumPy arrays as columns of the log, built over their memory: `pa.array` would import pandas into the server."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import pyarrow as pa

from shipway.data.arrays import from_mask, from_numpy
from shipway.data.model.signature import TensorSpec


def column_of(arrays: Sequence[np.ndarray], is_binary: bool = False) -> pa.Array:
    """One column for the rows of all arrays, each [rows, ...] and of one rank: values, or lists of lists of them.

    Bytes are text where all of them are UTF-8, unless they are to be `is_binary`. float16 and bfloat16 become
    float32, which Parquet has; a complex number becomes the list of its two parts.

    Raises:
        ValueError: the arrays are of several ranks.
    """
    try:
        arrays = [np.concatenate(arrays)]
    except ValueError:  # inner dimensions differ
        if len({array.ndim for array in arrays}) > 1:
            raise
    column = _leaf(_storable(np.concatenate([array.reshape(-1) for array in arrays])), is_binary)
    for level in range(arrays[0].ndim - 1, 0, -1):
        lengths = [np.full(prod(array.shape[:level]), array.shape[level]) for array in arrays]
        column = pa.ListArray.from_arrays(from_numpy(_offsets(np.concatenate(lengths))), column)
    return column


def text_column(values: Sequence[str]) -> pa.Array:
    """A column of text."""
    return _bytes_column(values, is_binary=False)


def repeated_text(value: str, rows: int) -> pa.Array:
    """A column that says the same in every row."""
    raw = value.encode("utf-8", "replace")
    offsets = _offsets(np.full(rows, len(raw)))
    return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(raw * rows)])


def time_column(seconds: np.ndarray) -> pa.Array:
    """Seconds since 1970 as times in UTC."""
    micros = np.round(seconds * 1e6).astype(np.int64)
    return pa.Array.from_buffers(pa.timestamp("us", "UTC"), len(micros), [None, pa.py_buffer(micros)])


def type_of(spec: TensorSpec) -> pa.DataType:
    """The type that a column of this input or output will have, where the signature is all that is known."""
    kind = pa.string() if spec.dtype == "string" else _leaf(_storable(np.zeros(1, spec.numpy_dtype)), False).type
    for _ in (spec.shape or ())[1:]:
        kind = pa.list_(kind)
    return kind


def _storable(values: np.ndarray) -> np.ndarray:
    kind = values.dtype.kind
    if kind in "biuOSUc" or (kind == "f" and values.dtype.itemsize in (4, 8)):
        return values
    return values.astype(np.float32)


def _leaf(values: np.ndarray, is_binary: bool) -> pa.Array:
    if values.dtype.kind in "OSU":
        return _bytes_column(values.tolist(), is_binary)
    if values.dtype.kind == "c":
        parts = from_numpy(values.astype(np.complex128).view(np.float64))
        return pa.ListArray.from_arrays(from_numpy(_offsets(np.full(len(values), 2))), parts)
    return from_mask(values) if values.dtype.kind == "b" else from_numpy(values)


def _bytes_column(values: Sequence[str | bytes], is_binary: bool) -> pa.Array:
    raw, lengths, is_text = _joined(values)
    kind = pa.string() if is_text and not is_binary else pa.binary()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(_offsets(lengths)), pa.py_buffer(raw)])


def _joined(values: Sequence[str | bytes]) -> tuple[bytes, np.ndarray, bool]:
    """All values in one, their lengths, and whether each is UTF-8; plain ASCII, the most frequent, is fast."""
    raw: bytes
    try:
        if values and isinstance(values[0], str):
            text = "".join(values)  # type: ignore[arg-type]
            if not text.isascii():
                return _joined([_encoded(value) for value in values])
            raw = text.encode()
        else:
            raw = b"".join(values)  # type: ignore[arg-type]
    except TypeError:
        return _joined([_encoded(value) for value in values])
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    return raw, lengths, raw.isascii() or all(map(_is_text, values))


def _encoded(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _is_text(value: str | bytes) -> bool:
    try:
        value.decode()  # type: ignore[union-attr]
    except UnicodeDecodeError:
        return False
    return True


def _offsets(lengths: np.ndarray) -> np.ndarray:
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
