"""The first row of a CSV file, which names its columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from shipway.data.configs import CsvOptions
from shipway.data.readers.csv_faults import bad_encoding
from shipway.data.readers.errors import BadHeader, DifferentHeaders, EmptyCsv, UnknownEncoding, UnreadableFile

HEAD = 1 << 20
UNDECODABLE = "\ufffd"
BINARY = "binary"


def text_encoding(options: CsvOptions) -> str:
    """The codec that file content is decoded with; raises `UnknownEncoding`."""
    if options.encoding == BINARY:
        return "utf-8"
    try:
        return codecs.lookup(options.encoding).name
    except LookupError as error:
        raise UnknownEncoding(options.encoding) from error


def read_headers(files: Sequence[Path], options: CsvOptions) -> dict[Path, list[str]]:
    """The columns of every file of a data set: all have the same, in any order.

    Raises `EmptyCsv`, `BadHeader`, `DifferentHeaders`, `BadEncoding`, `UnreadableFile` and `UnknownEncoding`.
    """
    headers = {path: read_header(path, options) for path in files}
    for path, columns in headers.items():
        if set(columns) != set(headers[files[0]]):
            raise DifferentHeaders(files[0], headers[files[0]], path, columns)
    return headers


def read_header(path: Path, options: CsvOptions) -> list[str]:
    """The column names of one file; a byte order mark is no part of them."""
    try:
        with pa.input_stream(str(path)) as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise UnreadableFile(path, "CSV", error.strerror or str(error)) from error
    encoding = text_encoding(options)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head, final=len(head) < HEAD)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=options.delimiter)
    header = next((row for row in rows if row), None)
    if header is None:
        raise EmptyCsv(path)
    if any(UNDECODABLE in name for name in header):
        raise bad_encoding(path, encoding)
    for position, name in enumerate(header, start=1):
        if not name:
            raise BadHeader(path, f"has no name for column {position}", "name every column in the first row")
        if header.count(name) > 1:
            raise BadHeader(path, f"names {header.count(name)} columns {name!r}", "give each its own name")
    return header
