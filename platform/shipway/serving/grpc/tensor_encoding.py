"""Outputs written as TensorProtos, in typed fields as TensorFlow Serving does by default, or as `tensor_content`."""

from __future__ import annotations

from typing import Any

import numpy as np

from shipway.serving.faults import Unsupported
from shipway.serving.grpc.tensor_types import BY_NAME, BY_NUMPY_DTYPE, Storage
from shipway.serving.grpc.wire import field

STRING = BY_NAME["string"]


class NoFieldForOutput(Unsupported):
    """An output of a dtype that a TensorProto has no field for."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        super().__init__(f"The model gave an output of {dtype}, which this server does not carry: leave it out.")


def write_tensor(array: np.ndarray, tensor: Any, *, as_content: bool = False) -> None:
    """Fill an empty TensorProto.

    Args:
        as_content: numbers as `tensor_content`. Strings stay in their field, where every client finds them.

    Raises:
        NoFieldForOutput: there is no way to write the dtype.
    """
    kind = STRING if array.dtype.kind in "SU" else BY_NUMPY_DTYPE.get(array.dtype)
    if kind is None:
        raise NoFieldForOutput(array.dtype)
    tensor.dtype = kind.number
    dimensions = tensor.tensor_shape.dim
    for size in array.shape:
        dimensions.add(size=size)
    if kind is STRING:
        tensor.string_val.extend(map(_bytes, array.ravel().tolist()))
    elif as_content:
        tensor.tensor_content = array.tobytes()
    elif array.dtype.kind in "fcb" and kind.storage is not Storage.BITS:
        tensor.MergeFromString(field(kind.field_number, array.tobytes()))
    else:
        values = array.view(np.uint16) if kind.storage is Storage.BITS else array
        getattr(tensor, kind.field).extend(values.ravel().tolist())


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
