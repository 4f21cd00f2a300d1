"""What a store holds, as numbers that are the same whichever database holds it: rows by table, and a digest of them.

The digest of a table is the sum of the digests of its rows, since databases hand rows out in different orders; where
the order is itself content, the place in it is part of the row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shipway.lineage.upkeep.rows import Row, Rows, table_columns
from shipway.lineage.upkeep.tables import PATHS

MODULUS = 1 << 256


@dataclass
class TableDigest:
    """The count and digest of rows of one table, taken while they pass through `of`."""

    table: str
    columns: tuple[str, ...]
    count: int = 0
    total: int = 0

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they are; those of a path must come by event, in their order."""
        event = self.columns.index("event_id") if self.table == PATHS else None
        last, place = None, 0
        for row in rows:
            if event is not None:
                place = place + 1 if row[event] == last else 0
                last = row[event]
                self._add((place, *row))
            else:
                self._add(row)
            yield row

    def _add(self, row: Row) -> None:
        """`ascii` of a tuple is the same in every release of Python, which `repr` is not."""
        self.total += int.from_bytes(hashlib.sha256(ascii(row).encode()).digest(), "big")
        self.count += 1

    def __str__(self) -> str:
        return f"{self.table} {','.join(self.columns)} {self.count} {self.total % MODULUS:064x}"


@dataclass
class Content:
    """The content of a whole store."""

    tables: dict[str, TableDigest] = field(default_factory=dict)

    def passing(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of a table, counted on their way through."""
        self.tables[table] = TableDigest(table, columns)
        return self.tables[table].of(rows)

    @property
    def counts(self) -> dict[str, int]:
        return {name: table.count for name, table in self.tables.items()}

    @property
    def digest(self) -> str:
        """sha256 over all tables, in hexadecimal."""
        return hashlib.sha256("\n".join(map(str, self.tables.values())).encode()).hexdigest()

    def first_difference(self, other: Content) -> str | None:
        """The first table that differs; None when both hold the same."""
        for name in {**self.tables, **other.tables}:
            if str(self.tables.get(name)) != str(other.tables.get(name)):
                return name
        return None


def content_of(rows: Rows) -> Content:
    """Read a whole store for its counts and digest."""
    content = Content()
    for table, columns in table_columns(rows).items():
        for _ in content.passing(table, columns, rows.read(table, columns)):
            pass
    return content
