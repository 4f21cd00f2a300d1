"""What is wrong with a CSV file, and where: looked for slowly and exactly once Arrow has found that something is."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shipway.data.readers.errors import BadEncoding, RaggedRow, UnclosedQuote
from shipway.errors import InputError

BLOCK = 1 << 22
END = "\x1a end of file"
QUOTE, ZERO = ord('"'), ord("0")


def bad_encoding(path: Path, encoding: str) -> BadEncoding:
    """The sentence for a file that is not in `encoding`: the first bytes that are not, and their line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, line = 0, 1
    for block in _blocks(path):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            start = error.start - pending
            line += block[: max(0, start)].count(b"\n")
            return BadEncoding(path, line, offset + start, error.object[error.start : error.end], encoding)
        offset += len(block)
        line += block.count(b"\n")
    unfinished = decoder.getstate()[0]
    return BadEncoding(path, line, offset - len(unfinished), unfinished, encoding)


def find_fault(path: Path, columns: int, delimiter: str, encoding: str) -> InputError | None:
    """The first row with another number of cells than the header, or a quote that is never closed; None if neither."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        return _first_fault(csv.reader(_lines(path, encoding), delimiter=delimiter), path, columns)
    finally:
        csv.field_size_limit(limit)


def scan_bytes(path: Path, delimiter: str) -> tuple[bool, bool]:
    """Whether some cell begins with `0x`, and whether quotes are odd in number: Arrow is silent about both."""
    openers = np.frombuffer(f"{delimiter}\"' \t\r\n".encode(), np.uint8)
    hexadecimal, quotes, tail = False, 0, b"\n"
    for block in _blocks(path):
        if b'"' in block:
            quotes += np.count_nonzero(np.frombuffer(block, np.uint8) == QUOTE)
        hexadecimal = hexadecimal or _opens_hexadecimal(tail + block[:2], openers) or _opens_hexadecimal(block, openers)
        tail = (tail + block[-2:])[-2:]
    return hexadecimal, quotes % 2 == 1


def _opens_hexadecimal(block: bytes, openers: np.ndarray) -> bool:
    data = np.frombuffer(block, np.uint8)
    for letter in b"xX":
        if letter in block:
            zeros = np.flatnonzero(data[2:] == letter) + 1
            zeros = zeros[data[zeros] == ZERO]
            if np.isin(data[zeros - 1], openers).any():
                return True
    return False


def _first_fault(rows: Any, path: Path, columns: int) -> InputError | None:
    before = 0
    for row in rows:
        if row == [END]:
            return None
        if row and row[-1].endswith(END):
            return UnclosedQuote(path, before + 1)
        if row and len(row) != columns:
            return RaggedRow(path, before + 1, columns, len(row))
        before = rows.line_num
    return None


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file and `END`, which becomes a row of its own unless the file ends inside quotes."""
    with pa.input_stream(str(path)) as stream:
        yield from io.TextIOWrapper(io.BufferedReader(stream), encoding, errors="replace", newline="")
    yield END


def _blocks(path: Path) -> Iterator[bytes]:
    with pa.input_stream(str(path)) as stream:
        while block := stream.read(BLOCK):
            yield block
