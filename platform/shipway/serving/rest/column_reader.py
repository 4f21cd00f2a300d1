"""One input of a signature read from JSON values: checked strictly, as TensorFlow Serving checks it.

The common case, one scalar a row, stays a list: the batcher makes one array of all lists of its batch. Everything else
becomes an array here.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from shipway.data.model.signature import TensorSpec
from shipway.serving.call import Column
from shipway.serving.faults import InvalidRequest, Unsupported
from shipway.serving.rest.json_body import quoted
from shipway.serving.tensor_shapes import WrongShape, fits

B64 = "b64"

_TYPES: dict[str, frozenset[type]] = {
    "b": frozenset({bool}),
    "i": frozenset({int}),
    "u": frozenset({int}),
    "f": frozenset({float, int}),
    "O": frozenset({str}),
}

_JSON_TYPES = {dict: "Object", list: "Array", str: "String", type(None): "Null"}


class WrongType(InvalidRequest):
    """A value of another type than the input's."""

    def __init__(self, name: str, value: Any, spec: TensorSpec) -> None:
        super().__init__(
            f"JSON Value: {quoted(value)} Type: {json_type(value)} is not of expected type: {spec.dtype}, in the "
            f"input {name!r}."
        )


class Ragged(InvalidRequest):
    """Lists of different lengths, or of different depths, where a tensor has one shape."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The input {name!r} is ragged: its lists must all have the same length at each level of nesting."
        )


class BadBase64(InvalidRequest):
    """A {"b64": ...} that does not decode."""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(f"Unable to base64 decode {quoted(value)} in the input {name!r}.")


class NotInJson(Unsupported):
    """A dtype that JSON has no way to write."""

    def __init__(self, spec: TensorSpec) -> None:
        super().__init__(
            f"Conversion of JSON values to {spec.dtype} is not possible, which the input {spec.name!r} takes: use "
            "gRPC or another signature."
        )


class WrongCount(InvalidRequest):
    """More or fewer values than the shape that was sent with them."""

    def __init__(self, name: str, got: int, shape: Sequence[int]) -> None:
        super().__init__(
            f"The input {name!r} has {got} values and its shape {list(shape)} takes {math.prod(shape)}: send them all."
        )


class ColumnReader:
    """Reads the values of one input."""

    def __init__(self, spec: TensorSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self.takes_scalars = spec.shape is None or (spec.shape[:1] == (None,) and fits((1,), spec))
        self._dtype = _dtype(spec)
        self._types = _TYPES.get(self._dtype.kind, frozenset())
        self._lowest, self._highest = _range(self._dtype)

    def rows(self, values: list[Any]) -> Column:
        """The input for as many rows as there are values.

        Raises:
            WrongType, Ragged, WrongShape, BadBase64, NotInJson: the values are not what the input takes.
        """
        if not self.takes_scalars or not self._types.issuperset(map(type, values)):
            return self._array(values)
        if self._highest is not None and values and not self._lowest <= min(values) <= max(values) <= self._highest:
            raise WrongType(self.name, next(v for v in values if not self._in_range(v)), self.spec)
        return values

    def tensor(self, value: Any) -> Column:
        """The input as one JSON value, with the batch as its outermost list; a scalar where the signature takes one."""
        if type(value) is list and value:
            return self.rows(value)
        return self._array(value)

    def reshaped(self, values: list[Any], shape: Sequence[int]) -> np.ndarray:
        """The input of `shape`, whose values are nested as it says or in one flat list.

        Raises:
            WrongCount: there are more or fewer.
            WrongType, Ragged, WrongShape, BadBase64, NotInJson: as `rows` does.
        """
        self._check_shape(shape)
        flat: list[Any] = values
        if list in map(type, values):
            flat = []
            _flatten(values, 0, shape, flat, self.name)
        if len(flat) != math.prod(shape):
            raise WrongCount(self.name, len(flat), shape)
        return self._typed(flat).reshape(shape)

    def _array(self, values: Any) -> np.ndarray:
        shape = _shape(values)
        self._check_shape(shape)
        flat: list[Any] = []
        _flatten(values, 0, shape, flat, self.name)
        return self._typed(flat).reshape(shape)

    def _check_shape(self, shape: Sequence[int]) -> None:
        if not self._types:
            raise NotInJson(self.spec)
        if not fits(shape, self.spec):
            raise WrongShape(self.name, shape, self.spec)

    def _typed(self, flat: list[Any]) -> np.ndarray:
        if not self._types.issuperset(map(type, flat)):
            flat = [self._scalar(value) for value in flat]
        elif self._highest is not None and flat and not self._lowest <= min(flat) <= max(flat) <= self._highest:
            raise WrongType(self.name, next(v for v in flat if not self._in_range(v)), self.spec)
        return np.array(flat, self._dtype)

    def _scalar(self, value: Any) -> Any:
        if type(value) in self._types and self._in_range(value):
            return value
        if self._dtype.kind == "O" and is_base64(value):
            return decode_base64(self.name, value)
        raise WrongType(self.name, value, self.spec)

    def _in_range(self, value: Any) -> bool:
        return self._highest is None or self._lowest <= value <= self._highest


def _dtype(spec: TensorSpec) -> np.dtype[Any]:
    """The numpy type of an input; void where numpy has none."""
    try:
        return spec.numpy_dtype
    except TypeError:
        return np.dtype(np.void)


def _range(dtype: np.dtype[Any]) -> tuple[int, int | None]:
    """The smallest and the largest whole number of a type; None for types that are no whole numbers."""
    if dtype.kind not in "iu":
        return 0, None
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def is_base64(value: Any) -> bool:
    """Whether a JSON value is TensorFlow Serving's form of bytes."""
    return type(value) is dict and len(value) == 1 and type(value.get(B64)) is str


def _shape(values: Any) -> tuple[int, ...]:
    """The shape that the first elements tell."""
    shape: list[int] = []
    while type(values) is list:
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return tuple(shape)


def _flatten(values: Any, level: int, shape: Sequence[int], into: list[Any], name: str) -> None:
    if level == len(shape):
        if type(values) is list:
            raise Ragged(name)
        into.append(values)
        return
    if type(values) is not list or len(values) != shape[level]:
        raise Ragged(name)
    if level == len(shape) - 1 and list not in map(type, values):
        into.extend(values)
        return
    for value in values:
        _flatten(value, level + 1, shape, into, name)


def decode_base64(name: str, value: dict[str, str]) -> bytes:
    """The bytes of a {"b64": ...}: with or without padding, in either alphabet, and broken into lines or not.

    Raises:
        BadBase64: it does not decode; `name` is what it was sent for.
    """
    text = value[B64]
    try:
        return _decoded(text)
    except ValueError:
        try:
            return _decoded("".join(text.split()))
        except ValueError as error:
            raise BadBase64(name, value) from error


def _decoded(text: str) -> bytes:
    altchars = b"-_" if "-" in text or "_" in text else None
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=altchars, validate=True)


def json_type(value: Any) -> str:
    """What JSON calls the type of a value."""
    if type(value) is bool:
        return str(value)
    return _JSON_TYPES.get(type(value), "Number")
