"""Columns that are numbers in one CSV file and text in another: most likely a file that was written wrongly.

Read together they would all be text, and nobody would notice before a model is worse. A column with both in one and the
same file is text, as in TFX.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa

from shipway.data.readers.csv_types import Kind, infer_type
from shipway.data.readers.errors import ColumnKindDiffers

FIRST_CELLS = 64
"""A column of text shows itself in its first cells, nearly always."""


class FileKinds:
    """Which columns of a data set are text, and which are numbers, in each of its files."""

    def __init__(self) -> None:
        self._numbers: dict[str, Path] = {}
        self._text: dict[str, tuple[Path, str]] = {}

    def reading(self, path: Path, columns: Collection[str]) -> FileWatch:
        """Watch the text `columns` of one file."""
        return FileWatch(self, path, columns)

    def is_text(self, column: str, path: Path, cell: str) -> None:
        """Raises `ColumnKindDiffers` when the column is numbers in another file."""
        self._text.setdefault(column, (path, cell))
        self._check(column)

    def is_numbers(self, column: str, path: Path) -> None:
        """Raises `ColumnKindDiffers` when the column is text in another file."""
        self._numbers.setdefault(column, path)
        self._check(column)

    def _check(self, column: str) -> None:
        if column in self._numbers and column in self._text:
            raise ColumnKindDiffers(column, self._numbers[column], *self._text[column])


class FileWatch:
    """The columns of one file of which nothing but numbers was seen so far."""

    def __init__(self, kinds: FileKinds, path: Path, columns: Collection[str]) -> None:
        self._kinds = kinds
        self._path = path
        self._undecided = dict.fromkeys(columns, Kind.EMPTY)

    def see(self, batch: pa.RecordBatch) -> None:
        """Look at more rows of the file."""
        for column in list(self._undecided):
            cells = batch.column(batch.schema.get_field_index(column))
            kind = infer_type(cells[:FIRST_CELLS]).kind
            if kind is not Kind.TEXT and len(cells) > FIRST_CELLS:
                kind = infer_type(cells).kind
            self._undecided[column] = max(self._undecided[column], kind)
            if kind is Kind.TEXT:
                del self._undecided[column]
                self._kinds.is_text(column, self._path, _first_text(cells))

    def close(self) -> None:
        """The file has been read to its end."""
        for column, kind in self._undecided.items():
            if kind is not Kind.EMPTY:
                self._kinds.is_numbers(column, self._path)


def _first_text(cells: pa.Array) -> str:
    """The first cell that is no number, or that is none beside the others (a number of twenty digits, say)."""
    values = cells.unique().drop_null()
    found = next((value for value in values if infer_type(pa.array([value.as_py()])).kind is Kind.TEXT), values[0])
    return str(found.as_py())
