"""Requests as the engine can take them: what it would store wrongly, or answer wrongly, is refused or put right.

It builds SQL as text, where a NUL character ends the statement and NaN and infinity are taken for names of columns.
Asked for pages of more than a hundred it drops the rest of the page without a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError

from shipway.lineage.calls import PAGE
from shipway.lineage.server.methods import Method

SUSPECT = re.compile(rb"\x00|[\xf0-\xff][\x7f\xff]")
"""A NUL, or the two highest bytes of a double that is no finite number."""

ENCODED = frozenset({"google.protobuf.Struct", "google.protobuf.Any"})
"""Messages that the engine stores in an encoding of its own, whatever they hold."""


class BadRequest(Exception):
    """A request that is refused with INVALID_ARGUMENT; its text is the sentence."""


def acceptable(method: Method, request: bytes) -> bytes:
    """The request to hand to the engine; raises `BadRequest`."""
    if not method.is_paged and SUSPECT.search(request) is None:
        return request
    try:
        message = method.request.FromString(request)
    except DecodeError:
        raise BadRequest(f"The request is no valid {method.request.DESCRIPTOR.name}.") from None
    for place, problem in _problems(message, ""):
        raise BadRequest(f"The request's {place.lstrip('.')} {problem}.")
    if method.is_paged and message.options.max_result_size > PAGE:
        message.options.max_result_size = PAGE
        return bytes(message.SerializeToString())
    return request


def _problems(message: Any, place: str) -> Iterator[tuple[str, str]]:
    """Where in a message there is something that the engine cannot store, and what."""
    for field, value in message.ListFields():
        here = f"{place}.{field.name}"
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            for key in value:
                yield from _problem(key, f"{here} has a name that")
                yield from _of_value(value[key], f"{here}[{key!r}]")
        elif field.label == field.LABEL_REPEATED:
            for index, one in enumerate(value):
                yield from _of_value(one, f"{here}[{index}]")
        else:
            yield from _of_value(value, here)


def _of_value(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str | float):
        yield from _problem(value, place)
    elif hasattr(value, "ListFields") and value.DESCRIPTOR.full_name not in ENCODED:
        yield from _problems(value, place)


def _problem(value: str | float, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and "\0" in value:
        yield place, "holds a NUL character, which ML Metadata's databases cannot store: leave it out"
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, f"is {value}, which ML Metadata's databases cannot store: write it as a string, or leave it out"
