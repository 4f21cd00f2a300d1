"""What upkeep asks of a database: its rows as of one moment, and a transaction that puts others in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from shipway.lineage.database import MYSQL, SQLITE
from shipway.lineage.upkeep.errors import ForeignSchema, NoStore
from shipway.lineage.upkeep.tables import EMPTY_WITHOUT, ENVIRONMENT, OWN_TYPES, TABLES, select

if TYPE_CHECKING:
    from shipway.lineage.database import Database

Row = tuple[Any, ...]


class Rows(Protocol):
    """One connection and one transaction. A value is None, int, float or str, booleans are 0 and 1."""

    def columns(self, table: str) -> dict[str, str]:
        """The types of a table's columns by their names in lower case; empty when there is no such table."""
        ...

    def ask(self, sql: str) -> list[Row]:
        """The whole answer to a statement that is the same in every database's language."""
        ...

    def read(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """All rows, streamed; those of `EventPath` by event, in the order of the path."""
        ...

    def write(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None: ...

    def clear(self) -> None:
        """Delete every row of every table."""
        ...

    def widen(self) -> None:
        """Let the tables hold all numbers that ML Metadata's clients know; counts at once."""
        ...

    def lock(self) -> None:
        """Keep other writers out until the end of the transaction."""
        ...

    def commit(self) -> None:
        """Make what was written count, with the counters of ids after the highest that there is."""
        ...

    def faults(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into sentences."""
        ...

    def close(self) -> None:
        """Take back what was not committed, and disconnect."""
        ...


@contextmanager
def reading(database: Database) -> Iterator[Rows]:
    """The rows of a database as of now, whatever others write meanwhile."""
    with _opened(database, write=False) as rows:
        yield rows


@contextmanager
def writing(database: Database) -> Iterator[Rows]:
    """A transaction on a database; without `commit` it changes nothing."""
    with _opened(database, write=True) as rows:
        yield rows


@contextmanager
def _opened(database: Database, write: bool) -> Iterator[Rows]:
    rows = _connect(database, write)
    try:
        with rows.faults():
            yield rows
    finally:
        rows.close()


def _connect(database: Database, write: bool) -> Rows:
    if database.kind == SQLITE:
        from shipway.lineage.upkeep.sqlite_rows import SqliteRows

        return SqliteRows(database, write)
    if database.kind == MYSQL:
        from shipway.lineage.upkeep.mysql_rows import MysqlRows

        return MysqlRows(database, write)
    from shipway.lineage.upkeep.postgresql_rows import PostgresqlRows

    return PostgresqlRows(database, write)


def table_columns(rows: Rows) -> dict[str, tuple[str, ...]]:
    """The columns of every table that is there, in an order that is the same in every database."""
    found = {table: tuple(sorted(rows.columns(table))) for table in TABLES}
    return {table: columns for table, columns in found.items() if columns}


def require_same_tables(source: Rows, target: Rows, database: Database) -> dict[str, tuple[str, ...]]:
    """The columns to copy. `ForeignSchema` names the first table that the target has otherwise."""
    wanted, there = table_columns(source), table_columns(target)
    for table in (*wanted, *there):
        if wanted.get(table) != there.get(table):
            raise ForeignSchema(str(database), table)
    return wanted


def schema_version(rows: Rows, database: Database) -> int:
    """ML Metadata's schema version; 0 is that of its release 0.13.2, which kept none. `NoStore` without any tables."""
    if not rows.columns("Artifact"):
        raise NoStore(str(database))
    if not rows.columns(ENVIRONMENT):
        return 0
    found = rows.ask(select(("schema_version",), ENVIRONMENT))
    return max((int(version) for (version,) in found), default=0)


def is_empty(rows: Rows) -> bool:
    """Whether nobody has put anything into the store; the types that the engine puts in itself do not count."""
    for table in EMPTY_WITHOUT:
        if rows.columns(table) and rows.ask(select(("id",), table, "LIMIT 1")):
            return False
    names = [str(name) for (name,) in rows.ask(select(("name",), "Type"))] if rows.columns("Type") else []
    return all(name.startswith(OWN_TYPES) for name in names)
