"""TensorProtos read as inputs of a signature, with the meaning that TensorFlow gives them.

The common case, a vector in its typed field, stays a list: the batcher makes one array of all lists of its batch.
Everything else becomes an array here.
"""

from __future__ import annotations

import math
from operator import attrgetter
from typing import Any

import numpy as np

from shipway.data.model.signature import TensorSpec
from shipway.serving.call import Column
from shipway.serving.faults import InvalidRequest
from shipway.serving.grpc.tensor_types import Storage, TensorType, name_of, type_of
from shipway.serving.tensor_shapes import WrongShape, fits


class WrongDtype(InvalidRequest):
    """A tensor of another dtype than the input's."""

    def __init__(self, spec: TensorSpec, number: int) -> None:
        sent = "no dtype" if number == 0 else name_of(number)
        super().__init__(f"The input {spec.name!r} takes {spec.dtype} and was sent as {sent}.")


class BrokenTensor(InvalidRequest):
    """A TensorProto whose parts do not fit together."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"tensor parsing error: the input {name!r} {problem}.")


class TensorDecoder:
    """Reads the tensors of one input.

    Args:
        largest_fill: bytes up to which a tensor may be filled up from its last value, as `TensorProto` allows: a few
            bytes on the wire could ask for all memory otherwise.
    """

    def __init__(self, spec: TensorSpec, largest_fill: int) -> None:
        kind = type_of(spec)
        self.spec = spec
        self.name = spec.name
        self._kind = kind
        self._number = kind.number
        self._dtype = kind.numpy_dtype
        self._field = attrgetter(kind.field)
        self._largest_fill = largest_fill
        self._takes_lists = kind.storage is Storage.PLAIN and (spec.shape is None or len(spec.shape) == 1)
        self._length = spec.shape[0] if spec.shape else None

    def read(self, tensor: Any) -> Column:
        """The input that a TensorProto holds.

        Raises:
            WrongDtype, WrongShape, BrokenTensor: it is none that the signature takes, or no tensor at all.
        """
        if tensor.dtype != self._number:
            raise WrongDtype(self.spec, tensor.dtype)
        if self._takes_lists:
            sizes = tensor.tensor_shape.dim
            if len(sizes) == 1:
                size = sizes[0].size
                values = self._field(tensor)
                if len(values) == size and (self._length is None or self._length == size):
                    column: list[Any] = values[:]
                    return column
        return self._array(tensor)

    def _array(self, tensor: Any) -> np.ndarray:
        shape = self._shape(tensor.tensor_shape)
        count = math.prod(shape)
        content = tensor.tensor_content
        if content:
            values = self._from_content(content, shape, count)
        else:
            values = self._filled(self._from_field(tensor), shape, count)
        return values.reshape(shape)

    def _shape(self, proto: Any) -> list[int]:
        if proto.unknown_rank:
            raise BrokenTensor(self.name, "has a shape of unknown rank: send the sizes of all dimensions")
        shape = [dimension.size for dimension in proto.dim]
        if any(size < 0 for size in shape):
            raise BrokenTensor(self.name, "has a shape with a negative size: send the sizes of all dimensions")
        if not fits(shape, self.spec):
            raise WrongShape(self.name, shape, self.spec)
        return shape

    def _from_content(self, content: bytes, shape: list[int], count: int) -> np.ndarray:
        if self._dtype.kind == "O":
            return _strings(content, count, self.name)
        expected = count * self._dtype.itemsize
        if len(content) != expected:
            problem = f"has {len(content)} bytes of tensor_content and its shape {shape} takes {expected}"
            raise BrokenTensor(self.name, problem)
        if self._dtype.kind == "b":
            return np.frombuffer(content, np.uint8) != 0
        return np.frombuffer(content, self._dtype)

    def _from_field(self, tensor: Any) -> np.ndarray:
        """The values that were sent, however many."""
        values = self._field(tensor)[:]
        if self._kind.storage is Storage.PLAIN:
            return np.array(values, self._dtype)
        if self._kind.storage is Storage.PAIRS:
            if len(values) % 2:
                raise BrokenTensor(self.name, f"has {len(values)} numbers in {self._kind.field}, which holds pairs")
            return np.array(values, np.dtype(f"f{self._dtype.itemsize // 2}")).view(self._dtype)
        wide = np.array(values, np.int32)
        as_bits = self._kind.storage is Storage.BITS
        narrow = np.dtype(np.uint16) if as_bits else self._dtype
        limits = np.iinfo(narrow)
        if len(wide) and not limits.min <= wide.min() <= wide.max() <= limits.max:
            wrong = wide[(wide < limits.min) | (wide > limits.max)][0]
            raise BrokenTensor(self.name, f"has the value {wrong}, which {self.spec.dtype} cannot hold")
        return wide.astype(narrow).view(self._dtype)

    def _filled(self, values: np.ndarray, shape: list[int], count: int) -> np.ndarray:
        """As many values as the shape takes: the last one stands for those that were left out, or zero."""
        given = len(values)
        if given == count:
            return values
        if given > count:
            raise BrokenTensor(self.name, f"has {given} values and its shape {shape} takes {count}")
        if count * self._dtype.itemsize > self._largest_fill:
            problem = f"has {given} values for the shape {shape}, which is too large to fill up: send all {count}"
            raise BrokenTensor(self.name, problem)
        filler = values[-1] if given else _zero(self._kind)
        filled = np.full(count, filler, self._dtype)
        filled[:given] = values
        return filled


def _zero(kind: TensorType) -> Any:
    return b"" if kind.name == "string" else np.zeros((), kind.numpy_dtype)[()]


def _strings(content: bytes, count: int, name: str) -> np.ndarray:
    """Strings in tensor_content: all lengths as varints, then all contents."""
    lengths: list[int] = []
    position = 0
    while len(lengths) < count:
        length = shift = 0
        while True:
            if position >= len(content) or shift > 63:
                raise BrokenTensor(name, f"has fewer than {count} strings in its tensor_content")
            byte = content[position]
            position += 1
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        lengths.append(length)
    if len(content) - position != sum(lengths):
        raise BrokenTensor(name, f"has {len(content) - position} bytes of strings and tells {sum(lengths)} of them")
    strings = np.empty(count, object)
    for number, length in enumerate(lengths):
        strings[number] = content[position : position + length]
        position += length
    return strings
