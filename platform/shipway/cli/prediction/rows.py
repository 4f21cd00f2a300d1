"""Rows to predict for, from CSV, JSON, JSON lines or Parquet, in batches of columns with Python's own values.

A format is told by what the input begins with, so that a pipe needs no name. CSV's cells stay text: which numbers they
are is the model's to say (see `values`).
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from shipway.cli.prediction.csv_rows import csv_rows
from shipway.cli.prediction.json_rows import json_rows
from shipway.errors import InputError, UsageError, in_one_line

if TYPE_CHECKING:
    import pyarrow as pa

STDIN = "-"
FORMATS = ("csv", "json", "jsonl", "parquet")
PARQUET_MAGIC = b"PAR1"
GZIP_MAGIC = b"\x1f\x8b"
BEGINNING = 1 << 16


class CannotOpen(UsageError):
    """A file of rows that is not there or cannot be read."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The rows in {name!r} cannot be read ({reason}): give a CSV, JSON or Parquet file, or '-'.")


class NoRows(InputError):
    """Nothing to predict for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no row in {name!r}: nothing was predicted.")


class BadParquet(InputError):
    """Something that begins as Parquet and is none."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name!r} cannot be read as Parquet ({reason}): check that the file is whole.")


@dataclass(frozen=True)
class RowBatch:
    """Some rows: `first` is the number of the first one, counted from 1; `columns` has a value, or None, for each."""

    first: int
    count: int
    columns: Mapping[str, Sequence[Any]]


class Rows(Protocol):
    """Rows that can be read once. `name` is for sentences; `is_text` says that numbers come as text."""

    name: str
    is_text: bool

    def batches(self, size: int, limit: int | None = None, only_input: str = "") -> Iterator[RowBatch]:
        """Batches of at most `size` rows, `limit` rows in all.

        Args:
            only_input: the one input of the signature: rows of JSON may then be bare values.
        """
        ...


class RowSource:
    """The rows of a file or a pipe."""

    def __init__(self, name: str, stream: BinaryIO, input_format: str, path: Path | None) -> None:
        self.name = name
        self.path = path
        self.stream = stream
        self.is_text = input_format == "csv"
        self._format = input_format

    def batches(self, size: int, limit: int | None = None, only_input: str = "") -> Iterator[RowBatch]:
        """See `Rows`.

        Raises:
            NoRows: there is none.
            InputError: what cannot be read, with its line or its row.
        """
        found = 0
        for batch in limited(self._read(size, only_input), limit):
            found += batch.count
            yield batch
        if not found:
            raise NoRows(self.name)

    def _read(self, size: int, only_input: str) -> Iterator[RowBatch]:
        try:
            if self._format == "parquet":
                yield from numbered(_parquet_rows(self.name, self.stream, size))
            elif self._format == "csv":
                yield from numbered(csv_rows(self.name, self.stream, size))
            else:
                yield from numbered(json_rows(self.name, self.stream, size, self._format, only_input))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CannotOpen(self.name, in_one_line(error)) from error


@contextmanager
def open_rows(name: str, input_format: str = "") -> Iterator[RowSource]:
    """The rows of a file, or of standard input for "-"; raises `CannotOpen`.

    Args:
        name: the file.
        input_format: one of `FORMATS`; found out where it is empty.
    """
    if name == STDIN:
        yield _source("standard input", sys.stdin.buffer, input_format, None)
        return
    try:
        file = Path(name).expanduser().open("rb")
    except OSError as error:
        raise CannotOpen(name, error.strerror or str(error)) from error
    with file:
        yield _source(name, file, input_format, Path(file.name))


def _source(name: str, stream: Any, input_format: str, path: Path | None) -> RowSource:
    buffered: Any = stream
    try:
        if _beginning(buffered)[:2] == GZIP_MAGIC:
            buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
        beginning = _beginning(buffered)
    except (OSError, EOFError, zlib.error) as error:
        raise CannotOpen(name, in_one_line(error)) from error
    return RowSource(name, buffered, input_format or _detected(beginning), path)


def _beginning(stream: Any) -> bytes:
    return bytes(stream.peek(BEGINNING))


def _detected(beginning: bytes) -> str:
    if beginning.startswith(PARQUET_MAGIC):
        return "parquet"
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return {b"[": "json", b"{": "jsonl"}.get(text[:1], "csv")


def _parquet_rows(name: str, stream: BinaryIO, size: int) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyarrow_hotfix  # noqa: F401 - a file must not be able to run code (CVE-2023-47248)

    try:
        file = pq.ParquetFile(stream if stream.seekable() else io.BytesIO(stream.read()))
        yield from map(columns_of, file.iter_batches(size))
    except (pa.ArrowInvalid, OSError) as error:
        raise BadParquet(name, in_one_line(error)) from error


def columns_of(batch: pa.RecordBatch) -> tuple[int, dict[str, list[Any]]]:
    """The number of rows, and the columns as Python's values."""
    return batch.num_rows, {name: batch.column(at).to_pylist() for at, name in enumerate(batch.schema.names)}


def numbered(chunks: Iterable[tuple[int, Mapping[str, Sequence[Any]]]]) -> Iterator[RowBatch]:
    """Chunks of rows as batches that know where they begin."""
    first = 1
    for count, columns in chunks:
        yield RowBatch(first, count, columns)
        first += count


def limited(batches: Iterable[RowBatch], limit: int | None) -> Iterator[RowBatch]:
    """The first `limit` rows, or all."""
    for batch in batches:
        left = batch.count if limit is None else limit - batch.first + 1
        if left < batch.count:
            columns = {name: values[:left] for name, values in batch.columns.items()}
            batch = RowBatch(batch.first, left, columns)
        yield batch
        if limit is not None and batch.first + batch.count > limit:
            return
