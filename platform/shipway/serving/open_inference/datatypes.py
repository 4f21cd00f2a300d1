"""The protocol's names of data types, and what they are in a signature."""

from __future__ import annotations

from shipway.data.model.signature import TensorSpec
from shipway.serving.faults import InvalidRequest, Unsupported

DATATYPES = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "string": "BYTES",
}


class NoDatatype(Unsupported):
    """A tensor of a type that the protocol has no name for."""

    def __init__(self, spec: TensorSpec) -> None:
        super().__init__(
            f"The tensor {spec.name!r} is {spec.dtype}, which the Open Inference Protocol has no datatype for: "
            "use another signature."
        )


class WrongDatatype(InvalidRequest):
    """A tensor is sent as another type than the signature takes."""

    def __init__(self, spec: TensorSpec, datatype: object) -> None:
        super().__init__(f"The input {spec.name!r} takes {datatype_of(spec)} and was sent as {datatype}.")


def datatype_of(spec: TensorSpec) -> str:
    """The protocol's name of a tensor's type; raises `NoDatatype`."""
    name = DATATYPES.get(spec.dtype)
    if name is None:
        raise NoDatatype(spec)
    return name
