"""ModelInferResponses: which outputs, and whether typed or raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature
from shipway.serving.faults import Unsupported
from shipway.serving.grpc.open_inference.contents import FIELDS
from shipway.serving.grpc.open_inference.infer_request import BadInfer
from shipway.serving.grpc.packed_field import packed
from shipway.serving.open_inference.datatypes import DATATYPES
from shipway.serving.open_inference.raw_tensors import write_raw


class NoDatatypeForOutput(Unsupported):
    """An output that the protocol cannot carry."""

    def __init__(self, name: str, dtype: np.dtype[Any]) -> None:
        super().__init__(
            f"The output {name!r} is {dtype}, which the Open Inference Protocol has no datatype for: ask for others."
        )


def wanted_outputs(request: Any, signature: Signature) -> list[str]:
    """The outputs that a request asks for, or all; raises `BadInfer`."""
    if not request.outputs:
        return list(signature.outputs)
    wanted: list[str] = []
    for output in request.outputs:
        if output.name not in signature.outputs or output.name in wanted:
            names = ", ".join(sorted(signature.outputs))
            raise BadInfer(f"The output {output.name!r} cannot be given: ask for each of {names} once.")
        wanted.append(output.name)
    return wanted


def write_outputs(response: Any, arrays: Mapping[str, np.ndarray], wanted: Sequence[str], *, raw: bool) -> None:
    """Add outputs to a response.

    Args:
        raw: as raw contents; so is everything where one of them has no typed field.

    Raises:
        NoDatatypeForOutput: there is no way to write one.
    """
    datatypes = {name: _datatype(name, arrays[name]) for name in wanted}
    raw = raw or not FIELDS.keys() >= set(datatypes.values())
    for name, datatype in datatypes.items():
        array = arrays[name]
        tensor = response.outputs.add(name=name, datatype=datatype, shape=array.shape)
        if raw:
            response.raw_output_contents.append(write_raw(array))
        else:
            _write_typed(tensor.contents, array, datatype)


def _write_typed(contents: Any, array: np.ndarray, datatype: str) -> None:
    field = FIELDS[datatype]
    if datatype == "BYTES":
        contents.bytes_contents.extend(
            value if isinstance(value, bytes) else str(value).encode() for value in array.ravel().tolist()
        )
    elif field.packed_number is not None:
        contents.MergeFromString(packed(field.packed_number, array.tobytes()))
    else:
        getattr(contents, field.name).extend(array.ravel().tolist())


def _datatype(name: str, array: np.ndarray) -> str:
    datatype = "BYTES" if array.dtype.kind in "OSU" else DATATYPES.get(array.dtype.name)
    if datatype is None:
        raise NoDatatypeForOutput(name, array.dtype)
    return datatype
