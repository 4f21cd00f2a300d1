"""What can be wrong with data that is read or written, each as the one sentence a person needs.

The tree::

    InputError
     ├─ UnknownSplit, MissingSplit, UnknownColumn                                the examples that a step was given
     ├─ UnsupportedColumn, DuplicateColumn, ColumnTypeChanged, InexactValue,
     │  MissingInsideList                                                        what a column holds
     ├─ DamagedRecords, NotExamples                                              a TFRecord file
     └─ UnknownPartitionFeature, UnsuitablePartitionFeature, MissingPartitionValue
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shipway.errors import InputError


def listing(names: Iterable[str], limit: int = 40) -> str:
    """Names for a sentence: quoted, in order, the rest counted."""
    shown = [repr(name) for name in names]
    rest = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" and {rest} more" if rest > 0 else "") or "none"


class UnknownSplit(InputError):
    """A split that the examples do not have."""

    def __init__(self, split: str, splits: Iterable[str], path: Path) -> None:
        super().__init__(
            f"There is no split {split!r} in the examples at {str(path)!r}: the splits are {listing(splits)}."
        )


class MissingSplit(InputError):
    """A split that is recorded but whose files are gone."""

    def __init__(self, split: str, folder: Path) -> None:
        super().__init__(
            f"The split {split!r} has no data files in {str(folder)!r}: they were removed, make the examples again."
        )


class UnknownColumn(InputError):
    """A column that the examples do not have."""

    def __init__(self, column: str, columns: Iterable[str], path: Path) -> None:
        super().__init__(f"There is no column {column!r} in {str(path)!r}: the columns are {listing(columns)}.")


class UnsupportedColumn(InputError):
    """A column type that no feature can hold."""

    def __init__(self, column: str, kind: str, source: str) -> None:
        super().__init__(
            f"The column {column!r} of {source!r} has the type {kind}, and a feature holds numbers, text, dates or "
            f"a flat list of them: convert the column or leave it out."
        )


class DuplicateColumn(InputError):
    """Two columns with one name."""

    def __init__(self, column: str, source: str) -> None:
        super().__init__(f"There are several columns named {column!r} in {source!r}: give each its own name.")


class ColumnTypeChanged(InputError):
    """A column that is of one kind here and of another there."""

    def __init__(self, column: str, first: str, second: str, source: str) -> None:
        super().__init__(
            f"The column {column!r} changes its type from {first} to {second} in {source!r}: "
            f"write all files with one type for it."
        )


class InexactValue(InputError):
    """A value that the column's type, widened by other rows, cannot hold exactly."""

    def __init__(self, column: str, kind: str, reason: str, source: str) -> None:
        super().__init__(
            f"The column {column!r} of {source!r} has a value that does not fit its type {kind} ({reason}): write all "
            f"files with one type for it, an identifier as text."
        )


class MissingInsideList(InputError):
    """A null among the values of a list."""

    def __init__(self, column: str, source: str) -> None:
        super().__init__(
            f"The column {column!r} of {source!r} has a list with a missing value inside, which a feature cannot hold: "
            f"fill it with a value or drop it."
        )


class DamagedRecords(InputError):
    """A TFRecord file whose framing or checksums are wrong, or that ends in the middle of a record."""

    def __init__(self, path: Path, record: int, reason: str) -> None:
        super().__init__(
            f"The TFRecord file {str(path)!r} is damaged at record {record} ({reason}): copy or write the file again."
        )


class NotExamples(InputError):
    """Records that are no tf.Examples, or that disagree about a feature's kind."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The records of {str(path)!r} cannot be read as tf.Examples ({reason}): "
            f"write serialized tf.train.Example messages with one kind of value for each feature."
        )


class UnknownPartitionFeature(InputError):
    """The feature that rows should be divided by is not in the data."""

    def __init__(self, feature: str, columns: Iterable[str], source: str) -> None:
        super().__init__(
            f"The partition feature {feature!r} is not in {source!r}: choose one of its columns, {listing(columns)}."
        )


class UnsuitablePartitionFeature(InputError):
    """A feature of a type that TFX does not divide by either."""

    def __init__(self, feature: str, source: str) -> None:
        super().__init__(
            f"The partition feature {feature!r} of {source!r} holds floats, which do not identify anything: "
            f"choose a column of integers or text."
        )


class MissingPartitionValue(InputError):
    """Rows that cannot be put into a split."""

    def __init__(self, feature: str, rows: int, source: str) -> None:
        super().__init__(
            f"The partition feature {feature!r} is missing in {rows} row(s) of {source!r}: "
            f"fill it in or drop those rows."
        )
