"""ModelInferRequests read for one signature; made once for it."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.call import Column, Feed
from shipway.serving.faults import InvalidRequest
from shipway.serving.grpc.open_inference.contents import FIELDS
from shipway.serving.grpc.open_inference.row_request import RowReader
from shipway.serving.open_inference.datatypes import WrongDatatype, datatype_of
from shipway.serving.open_inference.raw_tensors import read_raw
from shipway.serving.tensor_shapes import WrongShape, fits


class BadInfer(InvalidRequest):
    """An inference request whose parts do not fit together, or not the signature."""


class InferReader:
    """Reads the inputs of requests.

    Attributes:
        signature: what it reads for.
        row_reader: reads those of one row quickly, in the form in which such a request has come before.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.row_reader = RowReader(signature)
        self._inputs = {name: _InputReader(spec) for name, spec in signature.inputs.items()}

    def read(self, request: Any) -> Feed:
        """The inputs by name; raises `InvalidRequest`."""
        tensors, raw = request.inputs, request.raw_input_contents
        if raw and len(raw) != len(tensors):
            raise BadInfer(f"{len(raw)} raw_input_contents came for {len(tensors)} inputs: send one for each.")
        feed: dict[str, Column] = {}
        for number, tensor in enumerate(tensors):
            name = tensor.name
            reader = self._inputs.get(name)
            if reader is None:
                raise BadInfer(f"The input {name!r} is not the signature's: it takes {self._names()}.")
            if name in feed:
                raise BadInfer(f"The input {name!r} is sent twice: send it once.")
            feed[name] = reader.read_raw(tensor, raw[number]) if raw else reader.read_typed(tensor)
        if len(feed) < len(self._inputs):
            missing = next(name for name in self._inputs if name not in feed)
            raise BadInfer(f"The input {missing!r} is missing: the signature takes {self._names()}.")
        if not raw:
            self.row_reader.learn(request)
        return feed

    def _names(self) -> str:
        return ", ".join(sorted(self._inputs)) or "no inputs"


class _InputReader:
    def __init__(self, spec: TensorSpec) -> None:
        self._spec = spec
        self._dtype = spec.numpy_dtype
        self._datatype = datatype_of(spec)
        field = FIELDS.get(self._datatype)
        self._field = None if field is None else attrgetter(field.name)
        self._is_wider = field is not None and field.is_wider
        self._takes_lists = not self._is_wider and (spec.shape is None or len(spec.shape) == 1)
        self._length = spec.shape[0] if spec.shape else None

    def read_typed(self, tensor: Any) -> Column:
        """The input in its typed field: a list where it is one scalar a row."""
        if tensor.datatype != self._datatype:
            raise WrongDatatype(self._spec, repr(tensor.datatype))
        if self._field is None:
            raise BadInfer(f"The input {self._spec.name!r} is {self._datatype}, which has no typed field: send it raw.")
        shape = tensor.shape[:]
        values: list[Any] = self._field(tensor.contents)[:]
        if self._takes_lists and shape == [len(values)] and (self._length is None or shape[0] == self._length):
            return values
        self._check(shape)
        if len(values) != math.prod(shape):
            raise BadInfer(
                f"The input {self._spec.name!r} has {len(values)} values in the field for {self._datatype} and its "
                f"shape {shape} takes {math.prod(shape)}: send them all."
            )
        if self._is_wider and values:
            limits = np.iinfo(self._dtype)
            wrong = next((value for value in values if not limits.min <= value <= limits.max), None)
            if wrong is not None:
                raise BadInfer(f"The input {self._spec.name!r} has the value {wrong}: {self._datatype} cannot hold it.")
        return np.array(values, self._dtype).reshape(shape)

    def read_raw(self, tensor: Any, raw: bytes) -> Column:
        """The input in its raw form."""
        if tensor.datatype != self._datatype:
            raise WrongDatatype(self._spec, repr(tensor.datatype))
        if tensor.HasField("contents"):
            raise BadInfer(f"The input {self._spec.name!r} has contents beside raw_input_contents: send one of them.")
        shape = tensor.shape[:]
        self._check(shape)
        return read_raw(raw, self._spec, shape)

    def _check(self, shape: list[int]) -> None:
        if any(size < 0 for size in shape) or not fits(shape, self._spec):
            raise WrongShape(self._spec.name, shape, self._spec)
