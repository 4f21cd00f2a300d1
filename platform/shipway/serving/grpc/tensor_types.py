"""The dtypes that a TensorProto carries, and the field in which it carries each."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

import ml_dtypes  # noqa: F401  (makes numpy know bfloat16 by its name)
import numpy as np

from shipway.data.model.signature import TensorSpec
from shipway.serving.faults import Unsupported


class Storage(Enum):
    """How the values of a typed field become values of the dtype."""

    PLAIN = "as they are"
    NARROW = "integers in a wider field"
    BITS = "the bits of a 16-bit float, as an integer"
    PAIRS = "real and imaginary parts in turn"


class TensorType(NamedTuple):
    """One dtype: its number in tensorflow.DataType, its name in signatures, and its typed field."""

    number: int
    name: str
    field: str
    field_number: int
    storage: Storage = Storage.PLAIN

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        return np.dtype(object if self.name == "string" else self.name)


TENSOR_TYPES = (
    TensorType(1, "float32", "float_val", 5),
    TensorType(2, "float64", "double_val", 6),
    TensorType(3, "int32", "int_val", 7),
    TensorType(4, "uint8", "int_val", 7, Storage.NARROW),
    TensorType(5, "int16", "int_val", 7, Storage.NARROW),
    TensorType(6, "int8", "int_val", 7, Storage.NARROW),
    TensorType(7, "string", "string_val", 8),
    TensorType(8, "complex64", "scomplex_val", 9, Storage.PAIRS),
    TensorType(9, "int64", "int64_val", 10),
    TensorType(10, "bool", "bool_val", 11),
    TensorType(14, "bfloat16", "half_val", 13, Storage.BITS),
    TensorType(17, "uint16", "int_val", 7, Storage.NARROW),
    TensorType(18, "complex128", "dcomplex_val", 12, Storage.PAIRS),
    TensorType(19, "float16", "half_val", 13, Storage.BITS),
    TensorType(22, "uint32", "uint32_val", 16),
    TensorType(23, "uint64", "uint64_val", 17),
)

BY_NUMBER = {kind.number: kind for kind in TENSOR_TYPES}
BY_NAME = {kind.name: kind for kind in TENSOR_TYPES}
BY_NUMPY_DTYPE = {kind.numpy_dtype: kind for kind in TENSOR_TYPES}


class NoTensorType(Unsupported):
    """A tensor of a dtype that is not carried here, such as a quantized one."""

    def __init__(self, name: str, dtype: str) -> None:
        super().__init__(f"The tensor {name!r} is {dtype}, which this server does not carry: use another signature.")


def type_of(spec: TensorSpec) -> TensorType:
    """Raises `NoTensorType`."""
    kind = BY_NAME.get(spec.dtype)
    if kind is None:
        raise NoTensorType(spec.name, spec.dtype)
    return kind


def name_of(number: int) -> str:
    """A dtype's name for a sentence."""
    kind = BY_NUMBER.get(number)
    return f"tensorflow.DataType {number}" if kind is None else kind.name
