"""Reading and writing JSON as TensorFlow Serving does: NaN and infinities are allowed both ways.

orjson is several times faster than the standard library and stricter; what it refuses gets a second look.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from shipway.serving.faults import InvalidRequest

NOT_FINITE = re.compile(rb"\b(?:NaN|Infinity|Inf)\b", re.IGNORECASE)
LONGEST_QUOTE = 256


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


def _second_look(body: bytes, error: Exception) -> Any:
    """NaN and infinities are not JSON, and TensorFlow Serving takes them."""
    if NOT_FINITE.search(body):
        try:
            value = json.loads(body)
            json.dumps(value, ensure_ascii=False).encode()  # lone surrogates are no text
        except (ValueError, RecursionError):
            pass
        else:
            return value
    raise BadJson(str(error)) from None


def quoted(value: Any) -> str:
    """A value as it may stand in an error message."""
    try:
        text = orjson.dumps(value, default=str).decode(errors="replace")
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "..."
