"""CSV with a header row, as columns of text; an empty cell is a missing value."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from shipway.errors import InputError


class BadCsv(InputError):
    """A table that is none; `line` counts the file's lines from 1, 0 where it is not known."""

    def __init__(self, name: str, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{f'Line {line} of ' if line else ''}{name!r} {problem}: {remedy}.")


def csv_rows(name: str, stream: BinaryIO, size: int) -> Iterator[tuple[int, dict[str, list[str | None]]]]:
    """At most `size` rows at a time, as their number and their columns; raises `BadCsv`. Empty lines are skipped."""
    csv.field_size_limit(sys.maxsize)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, [])
        _check_header(name, header)
        filled = _rows(name, reader, header)
        while rows := list(islice(filled, size)):
            yield len(rows), {name: list(cells) for name, cells in zip(header, zip(*rows, strict=True), strict=True)}
    except UnicodeDecodeError as error:
        found = f"is not UTF-8 (0x{error.object[error.start]:02x})"
        raise BadCsv(name, 0, found, "convert the file, for example with iconv") from error
    except csv.Error as error:
        raise BadCsv(name, reader.line_num, f"is not CSV ({error})", "correct it, or quote its cells") from error
    finally:
        text.detach()


def _rows(name: str, reader: Iterator[list[str]], header: Sequence[str]) -> Iterator[list[str | None]]:
    for cells in reader:
        if len(cells) == len(header):
            yield [cell or None for cell in cells]
        elif cells:
            found = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            line = reader.line_num  # type: ignore[attr-defined]
            problem = f"has {found} where the header has {len(header)}"
            raise BadCsv(name, line, problem, "correct the row, or quote a cell that holds a comma")


def _check_header(name: str, header: Sequence[str]) -> None:
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise BadCsv(name, 1, f"names the column {twice!r} twice", "give every column its own name")
