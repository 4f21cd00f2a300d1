"""The Open Inference Protocol's inference request: JSON, with or without tensors in binary behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.call import Column
from shipway.serving.faults import InvalidRequest
from shipway.serving.open_inference.datatypes import WrongDatatype, datatype_of
from shipway.serving.open_inference.description import SIGNATURE_NAME
from shipway.serving.open_inference.raw_tensors import read_raw
from shipway.serving.rest.column_reader import ColumnReader
from shipway.serving.rest.json_body import quoted
from shipway.serving.tensor_shapes import WrongShape, fits, rows_in_common


class BadInfer(InvalidRequest):
    """The object has not the form of an inference request."""


@dataclass(frozen=True)
class InferInputs:
    """Decoded inputs; `rows` is the first dimension of all, or `is_solo` says that they have none in common."""

    feed: dict[str, Column]
    rows: int
    is_solo: bool


class RawPart:
    """The bytes behind the JSON, handed out in the order of the inputs."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._start = 0

    def next(self, name: str, size: Any) -> bytes:
        """The next `size` bytes; raises `BadInfer` where there are fewer."""
        if type(size) is not int or size < 0:
            raise BadInfer(f"The 'binary_data_size' of the input {name!r} is {quoted(size)}: give its bytes' number.")
        end = self._start + size
        if end > len(self._content):
            left = len(self._content) - self._start
            raise BadInfer(f"The input {name!r} has a 'binary_data_size' of {size}, and {left} bytes are left for it.")
        raw = self._content[self._start : end]
        self._start = end
        return raw

    def check_end(self) -> None:
        """Raises `BadInfer` where bytes are left that no input has asked for."""
        left = len(self._content) - self._start
        if left:
            raise BadInfer(f"{left} bytes behind the JSON belong to no input: give each its 'binary_data_size'.")


class InferReader:
    """Reads inference requests for one signature; made once for it."""

    def __init__(self, signature: Signature) -> None:
        self._inputs = {name: _InputReader(spec) for name, spec in signature.inputs.items()}

    def read(self, request: Mapping[str, Any], raw: bytes) -> InferInputs:
        """The inputs of a request.

        Args:
            raw: what came behind the JSON.

        Raises:
            InvalidRequest, Unsupported: they are not those of the signature.
        """
        tensors = request.get("inputs")
        if type(tensors) is not list:
            raise BadInfer(f"'inputs' is {quoted(tensors)}: send a list with a tensor for each input.")
        part, feed = RawPart(raw), dict[str, Column]()
        for tensor in tensors:
            name = tensor.get("name") if type(tensor) is dict else None
            reader = self._inputs.get(name) if type(name) is str else None
            if reader is None:
                raise BadInfer(f"The input {quoted(name or tensor)} is not the signature's: it takes {self._names()}.")
            if name in feed:
                raise BadInfer(f"The input {name!r} is sent twice: send it once.")
            feed[reader.name] = reader.read(tensor, part)
        if len(feed) < len(self._inputs):
            missing = next(name for name in self._inputs if name not in feed)
            raise BadInfer(f"The input {missing!r} is missing: the signature takes {self._names()}.")
        part.check_end()
        rows = rows_in_common(feed)
        return InferInputs(feed, rows or 1, is_solo=not rows)

    def _names(self) -> str:
        return ", ".join(sorted(self._inputs)) or "no inputs"


class _InputReader:
    def __init__(self, spec: TensorSpec) -> None:
        self.name = spec.name
        self._spec = spec
        self._datatype = datatype_of(spec)
        self._column = ColumnReader(spec)
        self._takes_vectors = self._column.takes_scalars and self._datatype != "FP16"

    def read(self, tensor: Mapping[str, Any], part: RawPart) -> Column:
        if tensor.get("datatype") != self._datatype:
            raise WrongDatatype(self._spec, quoted(tensor.get("datatype")))
        shape, data = tensor.get("shape"), tensor.get("data")
        if self._takes_vectors and type(data) is list and data and shape == [len(data)] and type(shape[0]) is int:
            column = self._column.rows(data)
            if isinstance(column, list) or column.shape == (len(data),):
                return column
        shape = self._shape(shape)
        if data is None:
            return self._raw(tensor, shape, part)
        if type(data) is not list:
            raise BadInfer(f"The 'data' of the input {self.name!r} is {quoted(data)}: send a list.")
        if self._datatype == "FP16":
            raise BadInfer(f"The input {self.name!r} is FP16, which JSON cannot carry: send it as binary data.")
        return self._column.reshaped(data, shape)

    def _raw(self, tensor: Mapping[str, Any], shape: list[int], part: RawPart) -> Column:
        parameters = tensor.get("parameters")
        if type(parameters) is not dict or "binary_data_size" not in parameters:
            raise BadInfer(f"The input {self.name!r} has no 'data': send it, or binary data with 'binary_data_size'.")
        return read_raw(part.next(self.name, parameters["binary_data_size"]), self._spec, shape)

    def _shape(self, shape: Any) -> list[int]:
        if type(shape) is not list or not all(type(size) is int and size >= 0 for size in shape):
            raise BadInfer(f"The 'shape' of the input {self.name!r} is {quoted(shape)}: send a list of sizes.")
        if not fits(shape, self._spec):
            raise WrongShape(self.name, shape, self._spec)
        return shape


def signature_of(request: Mapping[str, Any]) -> str:
    """The signature that a request chooses, empty for the default one; raises `BadInfer`."""
    parameters = parameters_of(request)
    name = parameters.get(SIGNATURE_NAME, "")
    if type(name) is not str:
        raise BadInfer(f"The parameter {SIGNATURE_NAME!r} is {quoted(name)}: send the name of a signature.")
    return name


def id_of(request: Mapping[str, Any]) -> str:
    """The caller's id of a request, empty where there is none; raises `BadInfer`."""
    own = request.get("id")
    if own is not None and type(own) is not str:
        raise BadInfer(f"The 'id' of the request is {quoted(own)}: send text.")
    return own or ""


def parameters_of(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of a request or of one of its tensors; raises `BadInfer`."""
    parameters = holder.get("parameters")
    if parameters is None:
        return {}
    if type(parameters) is not dict:
        raise BadInfer(f"'parameters' is {quoted(parameters)}: send an object.")
    return parameters
