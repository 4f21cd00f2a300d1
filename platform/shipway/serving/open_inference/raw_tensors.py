"""Tensors as raw bytes: the binary tensor data extension of REST, and gRPC's raw contents.

Numbers are little-endian in row-major order; each element of BYTES has its length before it, in four bytes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import numpy as np

from shipway.data.model.signature import TensorSpec
from shipway.serving.faults import InvalidRequest

_LENGTH = struct.Struct("<I")


class WrongSize(InvalidRequest):
    """As many bytes as the shape does not have."""

    def __init__(self, name: str, got: int, shape: Sequence[int], expected: int) -> None:
        super().__init__(
            f"The input {name!r} has {got} bytes of data and its shape {list(shape)} takes {expected}: send them all."
        )


class BrokenBytes(InvalidRequest):
    """BYTES whose lengths do not add up."""

    def __init__(self, name: str, shape: Sequence[int]) -> None:
        super().__init__(
            f"The raw data of the input {name!r} is not {math.prod(shape)} elements for its shape {list(shape)}: send "
            "each element as its length in 4 bytes, little-endian, and its content."
        )


def read_raw(raw: bytes, spec: TensorSpec, shape: Sequence[int]) -> np.ndarray:
    """The array that `raw` holds, of the spec's type and of a `shape` that fits it; strings are bytes.

    Raises:
        WrongSize, BrokenBytes: there are more or fewer bytes than that.
    """
    return _flat(raw, spec, shape).reshape(shape)


def write_raw(array: np.ndarray) -> bytes:
    """An array's raw bytes; strings are objects of bytes or text."""
    if array.dtype.kind not in "OSU":
        return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    parts: list[bytes] = []
    for element in array.ravel().tolist():
        content = element if isinstance(element, bytes) else str(element).encode()
        parts += (_LENGTH.pack(len(content)), content)
    return b"".join(parts)


def _flat(raw: bytes, spec: TensorSpec, shape: Sequence[int]) -> np.ndarray:
    dtype = spec.numpy_dtype
    if dtype.kind == "O":
        return np.array(_elements(raw, spec.name, shape), dtype=object)
    expected = math.prod(shape) * dtype.itemsize
    if len(raw) != expected:
        raise WrongSize(spec.name, len(raw), shape, expected)
    if dtype.kind == "b":
        return np.frombuffer(raw, np.uint8) != 0
    return np.array(np.frombuffer(raw, dtype.newbyteorder("<")), dtype)


def _elements(raw: bytes, name: str, shape: Sequence[int]) -> list[bytes]:
    elements: list[bytes] = []
    start, end = 0, len(raw)
    while start < end:
        content = start + _LENGTH.size
        if content > end:
            raise BrokenBytes(name, shape)
        (length,) = _LENGTH.unpack_from(raw, start)
        start = content + length
        if start > end:
            raise BrokenBytes(name, shape)
        elements.append(raw[content:start])
    if len(elements) != math.prod(shape):
        raise BrokenBytes(name, shape)
    return elements
