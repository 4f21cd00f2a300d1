"""Text with backslashes in PostgreSQL, where ML Metadata's engine lets it out of its quotes.

The engine quotes text by `PQescapeLiteral`, which begins with `E'` where there is a backslash, and cuts off a quote
that is not there: what follows would be read as SQL. So the service gives the engine another character for each
backslash, one that Unicode leaves to private use, and gives callers their backslashes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shipway.lineage.server.methods import Method
from shipway.lineage.server.requests import ENCODED, BadRequest

BACKSLASH = "\\"
STAND_IN = "\U0010ff5c"
RAW_STAND_IN = STAND_IN.encode()

Change = Callable[[str], str]


def without_backslashes(method: Method, request: bytes) -> bytes:
    """A request as the engine may have it; raises `BadRequest` for a filter, whose backslashes mean something."""
    if BACKSLASH.encode() not in request:
        return request
    message = method.request.FromString(request)
    if method.is_paged and BACKSLASH in message.options.filter_query:
        raise BadRequest("The request's options.filter_query holds a backslash, which PostgreSQL's stores cannot take.")
    rewrite(message, lambda text: text.replace(BACKSLASH, STAND_IN))
    return bytes(message.SerializeToString())


def with_backslashes(method: Method, response: bytes) -> bytes:
    """The engine's response as the caller knows it."""
    if RAW_STAND_IN not in response:
        return response
    message = method.response.FromString(response)
    rewrite(message, lambda text: text.replace(STAND_IN, BACKSLASH))
    return bytes(message.SerializeToString())


def rewrite(message: Any, change: Change) -> None:
    """Change every text in a message, names in maps too."""
    for field, value in message.ListFields():
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            _rewrite_map(value, kind.fields_by_name["value"].message_type is not None, change)
        elif field.label == field.LABEL_REPEATED:
            _rewrite_list(value, change)
        elif isinstance(value, str):
            setattr(message, field.name, change(value))
        elif kind is not None and kind.full_name not in ENCODED:
            rewrite(value, change)


def _rewrite_map(values: Any, holds_messages: bool, change: Change) -> None:
    for name in list(values):
        if holds_messages:
            rewrite(values[name], change)
        changed = change(name) if isinstance(name, str) else name
        if changed == name:
            continue
        if holds_messages:
            values[changed].CopyFrom(values[name])
        else:
            values[changed] = values[name]
        del values[name]


def _rewrite_list(values: Any, change: Change) -> None:
    for index, value in enumerate(values):
        if isinstance(value, str):
            values[index] = change(value)
        elif hasattr(value, "ListFields"):
            rewrite(value, change)
