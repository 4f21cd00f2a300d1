"""What can be wrong with an input file, each as the one sentence a person needs.

The tree::

    InputError
     ├─ NoRows, MixedFormats, UnreadableFile                     any format
     ├─ EmptyCsv, BadHeader, DifferentHeaders, RaggedRow,
     │  UnclosedQuote, BadEncoding, ColumnKindDiffers            CSV
     └─ QueryFailed, NoQueryRows, DuplicateResultColumn,
        MixedResultColumn                                        SQL
    UsageError
     └─ UnknownEncoding, QueryParameters, NoResult
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from shipway.data.errors import listing
from shipway.errors import InputError, UsageError


class NoRows(InputError):
    """Input files that hold nothing but, at most, a header."""

    def __init__(self, files: Sequence[Path]) -> None:
        names = listing((str(path) for path in files), limit=3)
        super().__init__(f"The input has no rows, only empty files or headers ({names}): check what wrote them.")


class MixedFormats(InputError):
    """Files of several formats under one pattern."""

    def __init__(self, formats: Mapping[str, Path]) -> None:
        found = ", ".join(f"{name} ({str(path)!r})" for name, path in formats.items())
        super().__init__(f"The input files have different formats, {found}: narrow the pattern in input_config.")


class UnreadableFile(InputError):
    """A file that its format's own reader refuses."""

    def __init__(self, path: Path, input_format: str, reason: str) -> None:
        why = " ".join(reason.split())[:300].rstrip(".")
        super().__init__(
            f"The file {str(path)!r} cannot be read as {input_format} ({why}): "
            f"check that it is whole and that input_format is right."
        )


class EmptyCsv(InputError):
    """A CSV file without even a header."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"The CSV file {str(path)!r} is empty: it needs a first row with the column names.")


class BadHeader(InputError):
    """A first row that does not name the columns."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"The header of the CSV file {str(path)!r} {problem}: {remedy}.")


class DifferentHeaders(InputError):
    """Files of one data set with different columns."""

    def __init__(self, first: Path, columns: Iterable[str], second: Path, others: Iterable[str]) -> None:
        known, here = list(columns), list(others)
        missing = listing((name for name in known if name not in here), limit=5)
        added = listing((name for name in here if name not in known), limit=5)
        super().__init__(
            f"The CSV files {str(first)!r} and {str(second)!r} have different columns (the second lacks {missing} and "
            f"adds {added}): give all files of the input the same header."
        )


class RaggedRow(InputError):
    """A row with another number of cells than the header."""

    def __init__(self, path: Path, line: int, columns: int, cells: int) -> None:
        found = "1 cell" if cells == 1 else f"{cells} cells"
        super().__init__(
            f"Line {line} of the CSV file {str(path)!r} has {found} where the header has {columns}: "
            f"correct the row, or quote a cell that holds the delimiter."
        )


class UnclosedQuote(InputError):
    """A quoted cell that never ends."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(
            f"The CSV file {str(path)!r} opens a quote in the row that starts at line {line} and never closes it: "
            f"close it, or double a quote that is part of the text."
        )


class ColumnKindDiffers(InputError):
    """A column that is numbers in one file and text in another."""

    def __init__(self, column: str, numbers: Path, text: Path, cell: str) -> None:
        super().__init__(
            f"The column {column!r} changes its type: it holds numbers in the CSV file {str(numbers)!r} and text, such "
            f"as {cell[:40]!r}, in {str(text)!r}; correct the file, or say in input_config what is meant, a missing "
            f'value with {{"csv": {{"null_values": [{json.dumps(cell[:40])}]}}}} or a column of text with '
            f'{{"csv": {{"text_columns": [{json.dumps(column)}]}}}}.'
        )


class BadEncoding(InputError):
    """Bytes that the encoding does not know."""

    def __init__(self, path: Path, line: int, offset: int, found: bytes, encoding: str) -> None:
        shown = " ".join(f"0x{byte:02x}" for byte in found[:4])
        likely = "utf-16" if offset == 0 and found[:1] in (b"\xff", b"\xfe") else "latin1"
        super().__init__(
            f"Line {line} of the CSV file {str(path)!r} is not {encoding} ({shown} at byte {offset}): convert the file "
            f"(iconv -f {likely} -t utf-8), or name its encoding in input_config as "
            f'{{"csv": {{"encoding": "{likely}"}}}}, or keep such columns as bytes with "binary" there.'
        )


class UnknownEncoding(UsageError):
    """A codec that Python does not have."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            f"The encoding {encoding!r} in input_config's csv is unknown: give a codec such as 'utf-8' or 'latin-1', "
            f"or 'binary'."
        )


class QueryFailed(InputError):
    """What the database, or the way to it, said; `url` is as the user wrote it, without secrets."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"The query failed on {url!r} ({reason}): check the query, the url and that the server is up.")


class NoQueryRows(InputError):
    """A query without a result."""

    def __init__(self) -> None:
        super().__init__("The query gives no rows: check its conditions and query_parameters.")


class DuplicateResultColumn(InputError):
    """Two columns of a query's result with one name."""

    def __init__(self, column: str) -> None:
        super().__init__(f"The query gives two columns named {column!r}: give each its own name with AS.")


class MixedResultColumn(InputError):
    """A column of a query's result that no feature can hold."""

    def __init__(self, column: str, kinds: Sequence[str]) -> None:
        super().__init__(
            f"The column {column!r} of the query holds values of the type(s) {', '.join(kinds)}, which make no one "
            f"feature: cast it to one type in the query."
        )


class NoResult(UsageError):
    """A statement that is no query."""

    def __init__(self) -> None:
        super().__init__("The query gives no rows by its nature: write a SELECT.")


class QueryParameters(UsageError):
    """Parameters that a query names and does not get, or gets and does not name."""

    def __init__(self, missing: Sequence[str], unknown: Sequence[str]) -> None:
        super().__init__(
            f"The query and query_parameters do not fit (without a value: {listing(missing)}, not in the query: "
            f"{listing(unknown)}): give exactly the names that the query has as :name, and write \\: for a plain colon."
        )
