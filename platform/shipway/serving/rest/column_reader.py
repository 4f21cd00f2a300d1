"""One input of a signature read from JSON values: checked strictly, as TensorFlow Serving checks it.

The common case, one scalar a row, stays a list: the batcher makes one array of all lists of its batch. Everything else
becomes an array here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import numpy as np

from shipway.data.model.signature import TensorSpec
from shipway.serving.call import Column
from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.json_body import quoted

B64 = "b64"

_TYPES: dict[str, frozenset[type]] = {
    "b": frozenset({bool}),
    "i": frozenset({int}),
    "u": frozenset({int}),
    "f": frozenset({float, int}),
    "O": frozenset({str}),
}


class WrongType(InvalidRequest):
    """A value of another type than the input's."""

    def __init__(self, name: str, value: Any, spec: TensorSpec) -> None:
        super().__init__(
            f"JSON Value: {quoted(value)} Type: {_json_type(value)} is not of expected type: {spec.dtype}, in the "
            f"input {name!r}."
        )


class Ragged(InvalidRequest):
    """Lists of different lengths, or of different depths, where a tensor has one shape."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The input {name!r} is ragged: its lists must all have the same length at each level of nesting."
        )


class WrongShape(InvalidRequest):
    """A shape that the signature does not take."""

    def __init__(self, name: str, shape: Sequence[int], spec: TensorSpec) -> None:
        super().__init__(f"The input {name!r} has the shape {list(shape)} and the signature takes {spec}.")


class BadBase64(InvalidRequest):
    """A {"b64": ...} that does not decode."""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(f"Unable to base64 decode {quoted(value)} in the input {name!r}.")


class NotInJson(InvalidRequest):
    """A dtype that JSON has no way to write."""

    def __init__(self, spec: TensorSpec) -> None:
        super().__init__(f"The input {spec.name!r} takes {spec.dtype}, which cannot be sent as JSON: use gRPC.")


class ColumnReader:
    """Reads the values of one input."""

    def __init__(self, spec: TensorSpec) -> None:
        dtype = spec.numpy_dtype
        self.spec = spec
        self.name = spec.name
        self.takes_scalars = spec.shape is None or len(spec.shape) == 1
        self._dtype = dtype
        self._types = _TYPES.get(dtype.kind, frozenset())
        self._lowest, self._highest = _range(dtype)

    def rows(self, values: list[Any]) -> Column:
        """The input for as many rows as there are values.

        Raises:
            WrongType, Ragged, WrongShape, BadBase64, NotInJson: the values are not what the input takes.
        """
        if not self.takes_scalars or not self._types.issuperset(map(type, values)):
            return self._array(values)
        if self._highest is not None and not self._lowest <= min(values) <= max(values) <= self._highest:
            raise WrongType(self.name, next(v for v in values if not self._in_range(v)), self.spec)
        return values

    def row(self, value: Any) -> Column:
        """The input for one row; raises as `rows` does."""
        if type(value) in self._types and self.takes_scalars:
            if self._highest is None or self._lowest <= value <= self._highest:
                return [value]
            raise WrongType(self.name, value, self.spec)
        return self._array([value])

    def tensor(self, value: Any) -> Column:
        """The input as one JSON value, with the batch as its outermost list; a scalar where the signature takes one."""
        if type(value) is list and value:
            return self.rows(value)
        return self._array(value)

    def _array(self, values: Any) -> np.ndarray:
        if not self._types:
            raise NotInJson(self.spec)
        shape = _shape(values)
        flat: list[Any] = []
        _flatten(values, 0, shape, flat, self.name)
        decoded = [self._scalar(value) for value in flat]
        array = np.array(decoded, self._dtype).reshape(shape)
        if not fits(array.shape, self.spec):
            raise WrongShape(self.name, shape, self.spec)
        return array

    def _scalar(self, value: Any) -> Any:
        if type(value) in self._types:
            if not self._in_range(value):
                raise WrongType(self.name, value, self.spec)
            return value
        if self._dtype.kind == "O" and is_base64(value):
            try:
                return base64.b64decode(_padded(value[B64]), altchars=_altchars(value[B64]), validate=True)
            except (binascii.Error, ValueError) as error:
                raise BadBase64(self.name, value) from error
        raise WrongType(self.name, value, self.spec)

    def _in_range(self, value: Any) -> bool:
        return self._highest is None or self._lowest <= value <= self._highest


def _range(dtype: np.dtype[Any]) -> tuple[int, int | None]:
    """The smallest and the largest whole number of a type; None for types that are no whole numbers."""
    if dtype.kind not in "iu":
        return 0, None
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def is_base64(value: Any) -> bool:
    """Whether a JSON value is TensorFlow Serving's form of bytes."""
    return type(value) is dict and len(value) == 1 and type(value.get(B64)) is str


def fits(shape: Sequence[int], spec: TensorSpec) -> bool:
    """Whether a shape is one that the input takes."""
    if spec.shape is None:
        return True
    if len(shape) != len(spec.shape):
        return False
    return all(wanted is None or size == wanted for size, wanted in zip(shape, spec.shape, strict=True))


def _shape(values: Any) -> tuple[int, ...]:
    """The shape that the first elements tell."""
    shape: list[int] = []
    while type(values) is list:
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return tuple(shape)


def _flatten(values: Any, level: int, shape: tuple[int, ...], into: list[Any], name: str) -> None:
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


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _altchars(text: str) -> bytes | None:
    return b"-_" if "-" in text or "_" in text else None


def _json_type(value: Any) -> str:
    for kinds, word in (((bool,), str(value)), ((dict,), "Object"), ((list,), "Array"), ((str,), "String")):
        if isinstance(value, kinds):
            return word
    return "Null" if value is None else "Number"
