"""A store in a file: the home's own, a backup, or one that is being made."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.lineage.faults import BrokenStore, CorruptStore, MissingStore, fault_of, is_busy
from shipway.lineage.upkeep.errors import StoreInUse
from shipway.lineage.upkeep.tables import BYTES, PATHS, TABLES, delete_all, insert, select

if TYPE_CHECKING:
    from shipway.lineage.database import Database
    from shipway.lineage.upkeep.rows import Row

BUSY_SECONDS = 30.0


class SqliteRows:
    """`Rows` over a file, which must be there. A reader never keeps a writer waiting where the file has a log."""

    def __init__(self, database: Database, write: bool) -> None:
        assert database.path is not None
        self._path = database.path
        with self.faults():
            self._connection = connect_file(self._path, write)
            self._connection.text_factory = _text
            self._connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    def columns(self, table: str) -> dict[str, str]:
        found = self._connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,))
        return {name.lower(): kind for name, kind in found}

    def ask(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def read(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        order = "ORDER BY event_id, rowid" if table == PATHS else ""
        found = self._connection.execute(select(columns, table, order))
        places = [place for place, name in enumerate(columns) if name in BYTES]
        return (_as_text(row, places) for row in found) if places else found

    def write(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        self._connection.executemany(insert(columns, table, "?"), rows)

    def clear(self) -> None:
        for table in TABLES:
            if self.columns(table):
                self._connection.execute(delete_all(table))

    def widen(self) -> None:
        """SQLite's numbers have 64 bits."""

    def lock(self) -> None:
        """`BEGIN IMMEDIATE` has done it."""

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    @contextmanager
    def faults(self) -> Iterator[None]:
        with file_faults(self._path):
            yield

    def close(self) -> None:
        self._connection.close()


def connect_file(path: Path, write: bool = False) -> sqlite3.Connection:
    """A connection to a file that is there, without a transaction. `MissingStore` when it is not."""
    if not path.is_file():
        raise CorruptStore(path) if path.exists() else MissingStore(path)
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{'mode=rw' if write else _read_mode(path)}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )


def _read_mode(path: Path) -> str:
    """Who may not write the folder cannot take part in the write-ahead log; where there is none, nobody writes."""
    has_log = path.with_name(path.name + "-wal").exists()
    return "mode=ro" if has_log or os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"


@contextmanager
def file_faults(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into the sentences of the embedded store."""
    try:
        yield
    except sqlite3.Error as error:
        if is_busy(str(error)):
            raise StoreInUse(path) from error
        raise fault_of(path, str(error)) or BrokenStore(path, str(error) or type(error).__name__) from error


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _as_text(row: Row, places: list[int]) -> Row:
    """MLMD writes bytes as base64, into columns that give back text or bytes as they like."""
    if all(row[place] is None for place in places):
        return row
    return tuple(_text(value) if isinstance(value, bytes) else value for value in row)
