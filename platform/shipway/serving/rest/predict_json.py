"""TensorFlow Serving's predict request and response in JSON: `instances` by rows, `inputs` by columns."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.call import Feed, Row
from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.column_reader import B64, ColumnReader, is_base64
from shipway.serving.rest.json_body import quoted, write_json
from shipway.serving.tensor_shapes import rows_in_common

PLAIN_DTYPES = frozenset({"float32", "float64", "int64", "string", "bool"})
SMALLEST_INT64, LARGEST_INT64 = -(2**63), 2**63 - 1
MOST_KNOWN_TYPES = 256
"""Combinations of types that rows of one signature came with: numbers may be written with a point or without."""

BYTES_SUFFIX = "_bytes"
"""String outputs whose names end so are bytes, and written as {"b64": ...}."""


class BadForm(InvalidRequest):
    """The object has not the form of a predict request."""


@dataclass(frozen=True)
class PredictInputs:
    """Decoded inputs: `rows` is the first dimension of all, or `is_solo` says that they have none in common."""

    feed: Feed
    rows: int
    is_solo: bool
    by_row: bool


def signature_name_of(request: Mapping[str, Any]) -> str:
    """The signature that a request asks for, empty for the default one; raises `BadForm`."""
    name = request.get("signature_name", "")
    if type(name) is not str:
        raise BadForm(f"'signature_name' key must be a string value. It is {quoted(name)}.")
    return name


def _is_plain(spec: TensorSpec) -> bool:
    """Whether a row of this input is one value, of a type that is known to be right without a look at the value; whole
    numbers of 64 bits, of which JSON may have larger ones, are looked at."""
    return spec.dtype in PLAIN_DTYPES and (spec.shape is None or spec.shape == (None,))


class PredictReader:
    """Reads predict requests for one signature; made once for it."""

    def __init__(self, signature: Signature) -> None:
        self._readers = {name: ColumnReader(spec) for name, spec in signature.inputs.items()}
        self._names = self._readers.keys()
        self._only = next(iter(self._readers.values())) if len(self._readers) == 1 else None
        self._order = tuple(self._readers)
        is_plain = len(self._order) > 1 and all(map(_is_plain, signature.inputs.values()))
        self._values = itemgetter(*self._order) if is_plain else None
        self._known_types: set[tuple[type, ...]] = set()
        places = [place for place, spec in enumerate(signature.inputs.values()) if spec.dtype == "int64"]
        self._int64s = itemgetter(*places, places[0]) if places else None

    def read(self, request: Mapping[str, Any]) -> PredictInputs:
        """The inputs of a request; raises `InvalidRequest`."""
        instances, inputs = request.get("instances"), request.get("inputs")
        if "instances" in request and "inputs" in request:
            raise BadForm("Not formatted correctly: expecting only one of the keys 'inputs' and 'instances'.")
        if "instances" in request:
            return self._rows(instances)
        if "inputs" in request:
            return self._columns(inputs)
        raise BadForm("Missing 'inputs' or 'instances' key: send rows as 'instances' or columns as 'inputs'.")

    def _rows(self, instances: Any) -> PredictInputs:
        if type(instances) is not list:
            raise BadForm(f"Expecting 'instances' to be a list, and it is {quoted(instances)}.")
        if not instances:
            raise BadForm("No values in the 'instances' list: send at least one row.")
        if type(instances[0]) is dict and not is_base64(instances[0]):
            feed = self._named_rows(instances)
        elif self._only is None:
            raise BadForm(
                f"'instances' is a plain list, but the signature has {len(self._readers)} inputs: send a list of "
                f"objects with the keys {', '.join(sorted(self._names))}."
            )
        else:
            for number, row in enumerate(instances):
                if type(row) is dict and not is_base64(row):
                    raise BadForm(f"Expecting a value or a list but got an object at item {number} of 'instances'.")
            feed = {self._only.name: self._only.rows(instances)}
        return PredictInputs(feed, len(instances), is_solo=False, by_row=True)

    def _named_rows(self, instances: list[Any]) -> Feed:
        names = self._names
        if self._values is not None and len(instances) == 1 and instances[0].keys() == names:
            return self._plain_row(self._values(instances[0]))
        for number, row in enumerate(instances):
            if type(row) is not dict:
                raise BadForm(f"Expecting an object but got {quoted(row)} at item {number} of 'instances'.")
            if row.keys() != names:
                raise _wrong_keys(number, row, names)
        return {name: reader.rows([row[name] for row in instances]) for name, reader in self._readers.items()}

    def _plain_row(self, values: tuple[Any, ...]) -> Feed:
        """The most frequent request of all: a row whose types were seen before, and found right, is taken as it is."""
        types = tuple(map(type, values))
        if types in self._known_types and self._fits(values):
            return Row(self._order, values)
        feed = {name: reader.rows([value]) for (name, reader), value in zip(self._readers.items(), values, strict=True)}
        if len(self._known_types) < MOST_KNOWN_TYPES and all(type(column) is list for column in feed.values()):
            self._known_types.add(types)
        return feed

    def _fits(self, values: tuple[Any, ...]) -> bool:
        """Whether whole numbers are such of 64 bits."""
        if self._int64s is None:
            return True
        numbers = self._int64s(values)
        return bool(min(numbers) >= SMALLEST_INT64 and max(numbers) <= LARGEST_INT64)

    def _columns(self, inputs: Any) -> PredictInputs:
        if type(inputs) is dict and not is_base64(inputs):
            missing = [name for name in self._readers if name not in inputs]
            if missing:
                raise BadForm(f"Missing named input: {missing[0]} in the 'inputs' object.")
            feed = {name: reader.tensor(inputs[name]) for name, reader in self._readers.items()}
        elif self._only is None:
            raise BadForm(
                f"'inputs' is a plain value, but the signature has {len(self._readers)} inputs: send an object with "
                f"the keys {', '.join(sorted(self._names))}."
            )
        else:
            feed = {self._only.name: self._only.tensor(inputs)}
        rows = rows_in_common(feed)
        return PredictInputs(feed, rows or 1, is_solo=not rows, by_row=False)


def _wrong_keys(number: int, row: Mapping[str, Any], names: Any) -> BadForm:
    unknown, missing = sorted(row.keys() - names), sorted(names - row.keys())
    problems = [f"lacks {', '.join(missing)}"] if missing else []
    problems += [f"has the unknown {', '.join(unknown)}"] if unknown else []
    return BadForm(
        f"Failed to process element: {number} of 'instances' list: it {' and '.join(problems)}; keys must be equal to: "
        f"{','.join(sorted(names))}."
    )


def write_predictions(outputs: Mapping[str, np.ndarray], *, by_row: bool) -> bytes:
    """The response for outputs by name, by rows or by columns as the request was; raises `InvalidRequest` for outputs
    that have no rows."""
    if by_row:
        return _write_rows(outputs)
    values = {name: _plain(name, array) for name, array in outputs.items()}
    if not values:
        raise InvalidRequest("Cannot convert empty tensor map to JSON: the signature has no outputs.")
    return write_json({"outputs": values if len(values) > 1 else next(iter(values.values()))})


def _write_rows(outputs: Mapping[str, np.ndarray]) -> bytes:
    sizes = set()
    for name, array in outputs.items():
        if array.ndim == 0:
            raise InvalidRequest(f"Tensor name: {name} has no shape information: ask by columns, with 'inputs'.")
        sizes.add(array.shape[0])
    if len(sizes) != 1:
        raise InvalidRequest(f"The outputs have inconsistent batch sizes, {sorted(sizes)}: ask by columns ('inputs').")
    if len(outputs) == 1:
        ((name, array),) = outputs.items()
        return write_json({"predictions": _plain(name, array)})
    names = sorted(outputs)
    columns = [_plain(name, outputs[name]) for name in names]
    return write_json({"predictions": [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]})


def _plain(name: str, array: np.ndarray) -> Any:
    """What orjson writes: numeric arrays as they are (it writes float32 in its own shortest form), strings decoded."""
    kind = array.dtype.kind
    if kind in "biuf":
        if array.ndim == 0:
            return array[()]
        return array if array.flags.c_contiguous else np.ascontiguousarray(array)
    if kind in "OSU":
        return _texts(array.tolist(), name.endswith(BYTES_SUFFIX))
    raise InvalidRequest(
        f"Failed to write JSON value for tensor type: {array.dtype.name}, of the output {name!r}: use gRPC or another "
        "signature."
    )


def _texts(value: Any, as_bytes: bool) -> Any:
    if isinstance(value, list):
        return [_texts(one, as_bytes) for one in value]
    raw = value if isinstance(value, bytes) else str(value).encode()
    if as_bytes:
        return {B64: base64.b64encode(raw).decode()}
    return raw.decode("utf-8", "replace")
