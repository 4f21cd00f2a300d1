"""ModelInferResponses: which outputs, and whether typed or raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature
from shipway.serving.faults import Unsupported
from shipway.serving.grpc.open_inference.contents import FIELDS
from shipway.serving.grpc.open_inference.infer_request import BadInfer
from shipway.serving.grpc.open_inference.messages import messages
from shipway.serving.grpc.wire import field, varint
from shipway.serving.open_inference.datatypes import DATATYPES
from shipway.serving.open_inference.raw_tensors import write_raw

MOST_KNOWN_HEADS = 256
"""Callers choose how many rows they send, so how many shapes there are."""

NAMES_OF_DTYPES = {np.dtype(name): datatype for name, datatype in DATATYPES.items() if datatype != "BYTES"}


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


class InferWriter:
    """Writes the responses of one version; made once for it.

    Their parts are put together as they are on the wire: most of them are the same in every response.
    """

    def __init__(self, model_name: str, model_version: int) -> None:
        self._prefix = field(1, model_name.encode()) + field(2, str(model_version).encode())
        self._heads: dict[tuple[str, str, tuple[int, ...]], bytes] = {}
        self._contents = messages().InferTensorContents

    def write(self, answer_id: str, arrays: Mapping[str, np.ndarray], wanted: Sequence[str], *, raw: bool) -> bytes:
        """A serialized ModelInferResponse.

        Args:
            raw: outputs as raw contents; so is everything where one of them has no typed field.

        Raises:
            NoDatatypeForOutput: there is no way to write one.
        """
        outputs = [(name, _datatype(name, arrays[name]), arrays[name]) for name in wanted]
        raw = raw or any(datatype not in FIELDS for _, datatype, _ in outputs)
        parts = [self._prefix, field(3, answer_id.encode())]
        for name, datatype, array in outputs:
            tensor = self._head(name, datatype, array.shape)
            if not raw and array.size:
                tensor += field(5, self._typed(array, datatype))
            parts.append(field(5, tensor))
        if raw:
            parts += [field(6, write_raw(array)) for _, _, array in outputs]
        return b"".join(parts)

    def _head(self, name: str, datatype: str, shape: tuple[int, ...]) -> bytes:
        """An InferOutputTensor without its contents."""
        key = (name, datatype, shape)
        head = self._heads.get(key)
        if head is None:
            head = field(1, name.encode()) + field(2, datatype.encode()) + field(3, b"".join(map(varint, shape)))
            if len(self._heads) < MOST_KNOWN_HEADS:
                self._heads[key] = head
        return head

    def _typed(self, array: np.ndarray, datatype: str) -> bytes:
        """InferTensorContents."""
        kind = FIELDS[datatype]
        if kind.packed_number is not None:
            return field(kind.packed_number, array.tobytes())
        values = array.ravel().tolist()
        if datatype == "BYTES":
            values = [value if isinstance(value, bytes) else str(value).encode() for value in values]
        contents: bytes = self._contents(**{kind.name: values}).SerializeToString()
        return contents


def _datatype(name: str, array: np.ndarray) -> str:
    datatype = "BYTES" if array.dtype.kind in "OSU" else NAMES_OF_DTYPES.get(array.dtype)
    if datatype is None:
        raise NoDatatypeForOutput(name, array.dtype)
    return datatype
