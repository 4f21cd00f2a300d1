"""A store on a PostgreSQL server.

There a backslash lies as the character that the metadata service gives ML Metadata's engine for it, which could not
take one; it is a backslash again in what is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shipway.errors import in_one_line
from shipway.lineage.server.backslashes import BACKSLASH, STAND_IN
from shipway.lineage.upkeep.errors import DatabaseFailed, DatabaseUnreachable, DriverMissing
from shipway.lineage.upkeep.tables import (
    BYTES,
    ENVIRONMENT,
    NUMBERED,
    PATHS,
    PROPERTIES,
    TABLES,
    WIDENED,
    delete_all,
    select,
)

if TYPE_CHECKING:
    from shipway.lineage.database import Database
    from shipway.lineage.upkeep.rows import Row

CONNECT_SECONDS = 10
ROWS_AT_ONCE = 5000
CATALOGUE = (
    "SELECT column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = lower(%s)"
)
SEQUENCE = (
    "SELECT setval(pg_get_serial_sequence(lower('{table}'), 'id'), "
    "GREATEST(MAX(id), nextval(pg_get_serial_sequence(lower('{table}'), 'id')))) FROM {table}"
)
"""Never back: ids that were handed out once are not handed out again."""


class PostgresqlRows:
    """`Rows` over one connection."""

    def __init__(self, database: Database, write: bool) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise DriverMissing(str(database), "psycopg") from error
        self._driver = psycopg
        self._database = database
        try:
            self._connection = psycopg.connect(**_settings(database))
        except (psycopg.Error, OSError) as error:
            raise DatabaseUnreachable(str(database), in_one_line(error)) from error
        if not write:
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection.read_only = True

    def columns(self, table: str) -> dict[str, str]:
        return dict(self._connection.execute(CATALOGUE, (table,)).fetchall())

    def ask(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def read(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        order = "ORDER BY event_id, ctid" if table == PATHS else ""
        with self._connection.cursor(name="rows") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(select(columns, table, order))
            yield from map(_plain, cursor)

    def write(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        places = [place for place, name in enumerate(columns) if name in BYTES]
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(_stored(row, places))

    def clear(self) -> None:
        for table in TABLES:
            self._connection.execute(delete_all(table))

    def widen(self) -> None:
        """Let the tables hold all numbers that ML Metadata's clients know."""
        for table in PROPERTIES:
            if self.columns(table).get(WIDENED) == "integer":
                self._connection.execute(f"ALTER TABLE {table} ALTER COLUMN {WIDENED} TYPE BIGINT")
        self._connection.commit()

    def lock(self) -> None:
        """Let others read on and nobody else write, until the end of the transaction."""
        self._connection.execute(f"LOCK TABLE {', '.join((*TABLES, ENVIRONMENT))} IN EXCLUSIVE MODE")

    def commit(self) -> None:
        for table in NUMBERED:
            self._connection.execute(SEQUENCE.format(table=table))
        self._connection.commit()

    @contextmanager
    def faults(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.Error, UnicodeError) as error:
            raise DatabaseFailed(str(self._database), in_one_line(error)) from error

    def close(self) -> None:
        self._connection.close()


def _settings(database: Database) -> dict[str, Any]:
    tls = database.tls
    files = {"sslrootcert": tls.ca, "sslcert": tls.cert, "sslkey": tls.key}
    return {
        "host": database.host,
        "port": database.port,
        "dbname": database.name,
        "user": database.user,
        "password": database.password or None,
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_SECONDS,
        **{name: value for name, value in files.items() if value},
        **({"sslmode": "verify-full"} if tls.ca else {}),
    }


def _plain(row: Row) -> Row:
    return tuple(_plain_value(value) for value in row)


def _plain_value(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(STAND_IN, BACKSLASH)
    if isinstance(value, bool):
        return int(value)
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _stored(row: Row, byte_places: list[int]) -> Row:
    return tuple(
        _stored_text(value, place in byte_places) if isinstance(value, str) else value
        for place, value in enumerate(row)
    )


def _stored_text(text: str, is_bytes: bool) -> str | bytes:
    return text.encode("utf-8", "surrogateescape") if is_bytes else text.replace(BACKSLASH, STAND_IN)
