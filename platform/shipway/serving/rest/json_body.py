"""Reading and writing JSON as TensorFlow Serving does: NaN and infinities are allowed, and a byte order mark is.

orjson is several times faster than the standard library and stricter; what it refuses gets a second look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from shipway.serving.faults import InvalidRequest

NOT_FINITE = re.compile(rb"\b(?:NaN|Inf|Infinity)\b")
STRINGS_AND_INF = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|\bInf\b', re.DOTALL)
"""A string that does not end matches too, and nothing is tried twice: a body of quotes takes no longer than others."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_QUOTE = 256
LONGEST_INTEGER = 19
"""Whole numbers with more characters may not fit into 64 bits, and are read as orjson reads them then."""


class BadJson(InvalidRequest):
    """The body is not JSON."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"JSON Parse error: {reason}: send one JSON object, encoded as UTF-8.")


class NoObject(InvalidRequest):
    """The body is JSON, but not an object."""

    def __init__(self, value: Any) -> None:
        super().__init__(f'JSON Value: {quoted(value)} Is not object: send one, such as {{"instances": [...]}}.')


def read_object(body: bytes) -> dict[str, Any]:
    """The object that `body` holds; raises `BadJson` and `NoObject`."""
    if not body:
        raise BadJson("The document is empty")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        value = _second_look(body, error)
    if type(value) is not dict:
        raise NoObject(value)
    return value


def write_json(value: Mapping[str, Any]) -> bytes:
    """JSON of plain values and of numpy's numbers, NaN and infinities included."""
    text = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    if b"null" not in text:  # what orjson makes of NaN and infinities
        return text
    return json.dumps(value, default=_listed, ensure_ascii=False).encode()


def quoted(value: Any) -> str:
    """A JSON value as it may stand in an error message: its beginning, however large or deep it is."""
    text = ""
    for part in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += part
        if len(text) > LONGEST_QUOTE:
            return text[:LONGEST_QUOTE] + "..."
    return text


def _second_look(body: bytes, error: Exception) -> Any:
    """What TensorFlow Serving reads and orjson does not; raises `BadJson` with orjson's reason for all else."""
    if body.startswith(BYTE_ORDER_MARK):
        body = body[len(BYTE_ORDER_MARK) :]
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as still:
            error = still
    if NOT_FINITE.search(body):
        try:
            return _read_leniently(body)
        except (ValueError, RecursionError):
            pass
    raise BadJson(str(error)) from None


def _read_leniently(body: bytes) -> Any:
    value = json.loads(STRINGS_AND_INF.sub(_spelled_out, body).decode(), parse_int=_whole)
    if rb"\u" in body:
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates are no text
    return value


def _spelled_out(found: re.Match[bytes]) -> bytes:
    return b"Infinity" if found[0] == b"Inf" else found[0]


def _whole(digits: str) -> int | float:
    if len(digits) < LONGEST_INTEGER:
        return int(digits)
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


def _listed(value: Any) -> Any:
    """Numbers as lists; float32 in its own shortest form, as orjson writes it."""
    if value.dtype.kind == "f" and value.dtype.itemsize < np.dtype(float).itemsize:
        return np.asarray(value).astype(str).astype(float).tolist()
    return value.tolist()
