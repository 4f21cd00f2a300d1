"""CSV files by Arrow's streaming parser, with types that hold for the whole data set.

Arrow takes a column's type as given and fails at the first cell that does not fit. So the types are guessed from the
beginnings of files, which is right for nearly all data; where the guess fails, all files are read once as text to find
the types, and reading starts again with them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from shipway.data.configs import CsvOptions
from shipway.data.errors import UnknownColumn
from shipway.data.readers import TypesWidened
from shipway.data.readers.csv_faults import bad_encoding, find_fault, scan_bytes
from shipway.data.readers.csv_header import BINARY, read_headers, text_encoding
from shipway.data.readers.csv_kinds import FileKinds
from shipway.data.readers.csv_types import ARROW_TYPES, ColumnType, Kind, beyond_int64, infer_type, without_plus_signs
from shipway.data.readers.errors import UnclosedQuote, UnreadableFile
from shipway.errors import InputError

BLOCK = 1 << 22
LARGEST_BLOCK = 1 << 30
GUESS_BYTES = 1 << 22
GUESS_FILES = 16
WIDE_ENCODINGS = ("utf-16", "utf-32")
NOT_UTF8 = "invalid UTF8"
BAD_VALUE = re.compile(r"In CSV column #(\d+): CSV conversion error")
HEADER_ONLY = "Empty CSV file"
LONG_ROW = "straddling"
BAD_ROW = re.compile(r"Expected \d+ columns")


class CsvReader:
    """Reads CSV files with a header row, cells quoted with `"`; empty lines are skipped, as in TFX.

    Raises `EmptyCsv`, `BadHeader`, `DifferentHeaders`, `UnknownColumn`, `BadEncoding` at once, and while reading
    `RaggedRow`, `UnclosedQuote`, `ColumnKindDiffers`, `BadEncoding`, `UnreadableFile` and the request `TypesWidened`.
    """

    def __init__(self, files: Sequence[Path], options: CsvOptions) -> None:
        self._headers = read_headers(files, options)
        self.columns = self._headers[files[0]]
        self._options = options
        self._encoding = text_encoding(options)
        self._text = pa.binary() if options.encoding == BINARY else pa.string()
        self._block = BLOCK
        self._types = dict.fromkeys(self.columns, ColumnType()) | self._declared_types(files[0])
        self._kinds = FileKinds()
        self._exact: set[str] = set()
        sample = _spread(files, GUESS_FILES)
        for path in sample:
            self._widen_by(self._first_rows(path, GUESS_BYTES // len(sample)))

    def batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        """The rows of one file; see `Reader`."""
        with ThreadPoolExecutor(1, thread_name_prefix="scan") as scanner:
            scan = scanner.submit(scan_bytes, path, self._options.delimiter)
            types = {name: self._arrow_type(name) for name in self.columns}
            watch = self._kinds.reading(path, self._guessed_text() if len(self._headers) > 1 else ())
            for batch in self._parsed(str(path), path, types):
                watch.see(batch)
                yield self._features(batch)
            watch.close()
            hexadecimal, odd_quotes = scan.result()
        if odd_quotes and isinstance(fault := self._fault(path), UnclosedQuote):
            raise fault
        if hexadecimal or self._encoding.startswith(WIDE_ENCODINGS):
            self._find_types(self._columns_of(Kind.INTEGER))

    def _parsed(
        self, source: Any, path: Path, types: dict[str, pa.DataType], block: int = 0
    ) -> Iterator[pa.RecordBatch]:
        """Arrow's batches of one file; its errors become sentences, or wider types and `TypesWidened`."""
        try:
            yield from pacsv.open_csv(
                source,
                read_options=pacsv.ReadOptions(block_size=block or self._block, encoding=self._encoding),
                parse_options=pacsv.ParseOptions(delimiter=self._options.delimiter, newlines_in_values=True),
                convert_options=pacsv.ConvertOptions(
                    column_types=types,
                    include_columns=list(types),
                    null_values=["", *self._options.null_values],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except UnicodeDecodeError as error:
            raise bad_encoding(path, self._encoding) from error
        except OSError as error:
            raise UnreadableFile(path, "CSV", error.strerror or str(error)) from error
        except pa.ArrowInvalid as error:
            self._explain(path, str(error), error)

    def _explain(self, path: Path, message: str, error: Exception) -> None:
        if HEADER_ONLY in message:
            return
        if NOT_UTF8 in message:
            raise bad_encoding(path, self._encoding) from error
        if match := BAD_VALUE.search(message):
            # Where one column surprises, those without a value so far are likely to do so too.
            self._find_types({self._headers[path][int(match.group(1))], *self._columns_of(Kind.EMPTY)})
        fault = self._fault(path) if BAD_ROW.search(message) or LONG_ROW in message else None
        if fault is None and LONG_ROW in message and self._block < LARGEST_BLOCK:
            self._block *= 8
            raise TypesWidened
        raise fault or UnreadableFile(path, "CSV", message) from error

    def _find_types(self, columns: Collection[str]) -> None:
        """Find columns' types by reading them in every file as text, once; where they differ, ask for a new start."""
        unsure = [name for name in columns if name not in self._exact]
        if not unsure:
            return
        guessed = dict(self._types)
        self._types.update(dict.fromkeys(unsure, ColumnType()))
        for path in self._headers:
            undecided = [name for name in unsure if self._types[name].kind is not Kind.TEXT]
            for batch in self._parsed(str(path), path, dict.fromkeys(undecided, self._text)) if undecided else ():
                self._widen_by(batch)
        self._exact.update(unsure)
        if self._types != guessed:
            raise TypesWidened

    def _first_rows(self, path: Path, size: int) -> pa.RecordBatch | None:
        """Rows from the beginning of a file, as text; None where one row alone is longer than what is read."""
        source, block = str(path), size
        if self._encoding == "utf-8":
            with pa.input_stream(str(path)) as stream:
                head = stream.read(size)
            # What was read may end within a row: of two blocks, Arrow's first one has whole rows only.
            source, block = pa.BufferReader(head), size + 1 if len(head) < size else size - size // 8
        try:
            return next(self._parsed(source, path, dict.fromkeys(self.columns, self._text), block), None)
        except TypesWidened:
            return None

    def _declared_types(self, path: Path) -> dict[str, ColumnType]:
        for name in self._options.text_columns:
            if name not in self.columns:
                raise UnknownColumn(name, self.columns, path)
        return dict.fromkeys(self._options.text_columns, ColumnType(Kind.TEXT))

    def _guessed_text(self) -> list[str]:
        return [name for name in self._columns_of(Kind.TEXT) if name not in self._options.text_columns]

    def _columns_of(self, kind: Kind) -> list[str]:
        return [name for name, known in self._types.items() if known.kind is kind]

    def _widen_by(self, batch: pa.RecordBatch | None) -> None:
        if batch is not None:
            for name, cells in zip(batch.schema.names, batch.columns, strict=True):
                if self._types[name].kind is not Kind.TEXT:
                    self._types[name] = self._types[name].widened(infer_type(cells))

    def _arrow_type(self, name: str) -> pa.DataType:
        kind = self._types[name]
        return self._text if kind.reads_text else ARROW_TYPES[kind.kind]

    def _features(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [self._feature(name, batch.column(i)) for i, name in enumerate(self.columns)]
        return pa.RecordBatch.from_arrays(columns, names=self.columns)

    def _feature(self, name: str, cells: pa.Array) -> pa.Array:
        kind = self._types[name]
        if kind.reads_text and kind.kind is not Kind.TEXT:
            cells = without_plus_signs(cells.cast(pa.string())).cast(ARROW_TYPES[kind.kind])
        if kind.kind is not Kind.FLOAT:
            return cells
        if beyond_int64(cells):
            self._find_types([name])
        return pc.cast(cells, pa.float32(), safe=False)

    def _fault(self, path: Path) -> InputError | None:
        return find_fault(path, len(self.columns), self._options.delimiter, self._encoding)


def _spread(files: Sequence[Path], count: int) -> list[Path]:
    """At most `count` files, evenly from first to last."""
    if len(files) <= count:
        return list(files)
    return [files[index * (len(files) - 1) // (count - 1)] for index in range(count)]
