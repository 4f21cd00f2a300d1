"""Arrow arrays to NumPy and back, over the same memory and without pandas.

`pa.array`, `Array.to_numpy` and every method of an Array that computes import pandas when it is installed, which takes
longer than what a step does with the arrays. These go through the buffers, and functions of `pyarrow.compute` do what
the methods do.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def to_numpy(array: pa.Array) -> np.ndarray:
    """The values of an array of numbers or booleans, read-only; what stands in the place of a null is anything.

    Shares memory with the array, except for booleans, of which Arrow holds bits.
    """
    if not len(array):
        return np.empty(0, array.type.to_pandas_dtype())
    content = array.buffers()[1]
    if pa.types.is_boolean(array.type):
        return _bits(content, array.offset, len(array))
    dtype = np.dtype(array.type.to_pandas_dtype())
    return np.frombuffer(content, dtype, len(array), array.offset * dtype.itemsize)


def valid_mask(array: pa.Array) -> np.ndarray:
    """Which elements of an array, of any type, are not null."""
    if not array.null_count:
        return np.ones(len(array), bool)
    validity = array.buffers()[0]
    if validity is None:
        return np.zeros(len(array), bool)
    return _bits(validity, array.offset, len(array))


def from_numpy(values: np.ndarray) -> pa.Array:
    """An array of numbers without nulls, over the memory of `values` where that is contiguous."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), values.size, [None, pa.py_buffer(values)])


def from_mask(mask: np.ndarray) -> pa.Array:
    """A boolean array without nulls."""
    return pa.Array.from_buffers(pa.bool_(), mask.size, [None, pa.py_buffer(np.packbits(mask, bitorder="little"))])


def _bits(content: pa.Buffer, offset: int, length: int) -> np.ndarray:
    packed = np.frombuffer(content, np.uint8, (offset + length + 7) // 8)
    return np.unpackbits(packed, count=offset + length, bitorder="little")[offset:].view(bool)
