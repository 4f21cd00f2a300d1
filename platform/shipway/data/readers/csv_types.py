"""What type a CSV column has: TFX's rule, applied to whole columns instead of cell by cell.

TFX (tfx_bsl's `ColumnTypeInferrer`, behind CsvExampleGen) calls a cell an integer where Python's `int` takes it and it
fits 64 bits, text where it is a longer integer, a float where Python's `float` takes it, else text; an empty cell says
nothing, and a column has the widest type of its cells. Two deviations: Python also reads `1_000`, so that the
identifiers `12_34` and `1_234` would become one number; they stay text here. And a column that is numbers in one file
and text in another is refused (see `csv_kinds`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import pyarrow as pa
import pyarrow.compute as pc

PLUS_SIGN = r"^\+([0-9.niNI])"
DIGITS = r"^[+-]?[0-9]+$"
INT64_LIMIT = 2.0**63


class Kind(IntEnum):
    """From narrow to wide."""

    EMPTY = 0
    INTEGER = 1
    FLOAT = 2
    TEXT = 3


ARROW_TYPES = {Kind.EMPTY: pa.null(), Kind.INTEGER: pa.int64(), Kind.FLOAT: pa.float64()}


@dataclass(frozen=True)
class ColumnType:
    """A kind, and whether some number is written with a plus sign, which Arrow's parsers refuse and Python's take."""

    kind: Kind = Kind.EMPTY
    plus_signs: bool = False

    def widened(self, other: ColumnType) -> ColumnType:
        """The type for the cells of both."""
        return ColumnType(max(self.kind, other.kind), self.plus_signs or other.plus_signs)

    @property
    def reads_text(self) -> bool:
        """Whether Arrow has to give the cells as text."""
        return self.kind is Kind.TEXT or (self.plus_signs and self.kind is not Kind.EMPTY)


def infer_type(cells: pa.Array) -> ColumnType:
    """The type of a column of text cells, in which a missing cell is null."""
    values = cells.unique().drop_null()
    if not len(values):
        return ColumnType()
    if pa.types.is_binary(values.type):
        try:
            values = values.cast(pa.string())
        except pa.ArrowInvalid:
            return ColumnType(Kind.TEXT)
    values = pc.ascii_trim_whitespace(values)
    plain = _infer_plain(values)
    if plain is not Kind.TEXT:
        return ColumnType(plain)
    unsigned = without_plus_signs(values)
    if unsigned.equals(values):
        return ColumnType(Kind.TEXT)
    kind = _infer_plain(unsigned)
    return ColumnType(kind, plus_signs=kind is not Kind.TEXT)


def without_plus_signs(values: pa.Array) -> pa.Array:
    """Numbers in text without surrounding spaces and without their plus signs."""
    return pc.replace_substring_regex(pc.ascii_trim_whitespace(values), PLUS_SIGN, r"\1")


def beyond_int64(values: pa.Array) -> bool:
    """Whether a float column may hold what TFX calls text: an integer that does not fit 64 bits."""
    limits = pc.min_max(values)
    low, high = limits["min"].as_py(), limits["max"].as_py()
    return low is not None and (high >= INT64_LIMIT or low <= -INT64_LIMIT)


def _infer_plain(values: pa.Array) -> Kind:
    if _casts(values, pa.int64()):
        # Arrow also reads 0x10, which Python's int does not.
        hexadecimal = pc.any(pc.match_substring(values, "x", ignore_case=True)).as_py()
        return Kind.TEXT if hexadecimal else Kind.INTEGER
    if not _casts(values, pa.float64()):
        return Kind.TEXT
    digits = values.filter(pc.match_substring_regex(values, DIGITS))
    return Kind.FLOAT if _casts(digits, pa.int64()) else Kind.TEXT


def _casts(values: pa.Array, kind: pa.DataType) -> bool:
    try:
        values.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
