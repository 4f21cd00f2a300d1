"""JSON as rows: one object a line, an array of objects, or the body of a predict request.

A row may be a bare value where the signature has one input. Bytes are {"b64": "..."}, as in the API.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

from shipway.errors import InputError

LONGEST_QUOTE = 60
ROWS, COLUMNS = "instances", "inputs"


class BadJson(InputError):
    """Text that is not JSON."""

    def __init__(self, name: str, where: str, reason: str) -> None:
        super().__init__(
            f"{where} of {name!r} is not JSON ({reason}): give one object a line, or one array of objects."
        )


class NoRow(InputError):
    """JSON that is no row."""

    def __init__(self, name: str, row: int, value: Any) -> None:
        super().__init__(
            f"Row {row} of {name!r} is {_quoted(value)}: give an object with the model's inputs by name in each row."
        )


class BadColumns(InputError):
    """Columns of different lengths, or none."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The {COLUMNS!r} in {name!r} {problem}: give an object with a list of equal length for each.")


def json_rows(
    name: str, stream: BinaryIO, size: int, input_format: str, only_input: str
) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    """At most `size` rows at a time, as their number and their columns; raises `BadJson`, `NoRow` and `BadColumns`."""
    rows = _named(name, _rows(name, stream, input_format), only_input)
    while chunk := list(islice(rows, size)):
        names = dict.fromkeys(key for row in chunk for key in row)
        yield len(chunk), {key: [_decoded(row.get(key)) for row in chunk] for key in names}


def _rows(name: str, stream: BinaryIO, input_format: str) -> Iterator[Any]:
    if input_format == "json":
        return _document(name, stream.read())
    beginning = stream.readline().removeprefix(b"\xef\xbb\xbf")
    while beginning.isspace():
        beginning = stream.readline()
    try:
        first = json.loads(beginning) if beginning else None
    except ValueError:
        return _document(name, beginning + stream.read())  # an object over several lines
    if isinstance(first, dict) and first.keys() & {ROWS, COLUMNS}:
        return _document(name, beginning + stream.read())
    return _lines(name, beginning, stream)


def _lines(name: str, first: bytes, stream: BinaryIO) -> Iterator[Any]:
    line = first
    number = 1
    while line:
        if not line.isspace():
            yield _parsed(name, f"Line {number}", line)
        line = stream.readline()
        number += 1


def _document(name: str, content: bytes) -> Iterator[Any]:
    document = _parsed(name, "The text", content)
    if isinstance(document, dict) and isinstance(document.get(ROWS), list):
        return iter(document[ROWS])
    if isinstance(document, dict) and COLUMNS in document:
        return _transposed(name, document[COLUMNS])
    return iter(document if isinstance(document, list) else [document])


def _transposed(name: str, columns: Any) -> Iterator[Any]:
    if isinstance(columns, list):
        return iter(columns)
    if not isinstance(columns, dict) or not all(isinstance(values, list) for values in columns.values()):
        raise BadColumns(name, "are no columns")
    if len({len(values) for values in columns.values()}) != 1:
        lengths = ", ".join(f"{key}: {len(values)}" for key, values in columns.items())
        raise BadColumns(name, f"have different numbers of rows ({lengths})")
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _parsed(name: str, where: str, text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadJson(name, where, " ".join(str(error).split())[:200]) from error


def _named(name: str, rows: Iterator[Any], only_input: str) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict) and row.keys() != {"b64"}:
            yield row
        elif only_input:
            yield {only_input: row}
        else:
            raise NoRow(name, number, row)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str):
        try:
            return base64.b64decode(value["b64"], validate=True)
        except binascii.Error:
            return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_decoded(one) for one in value]
    return value


def _quoted(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
