"""A store on a MySQL or MariaDB server.

ML Metadata's client library speaks latin1 to the server, whatever the text: its UTF-8 passes as single bytes both ways,
and lies in a table of utf8mb4 encoded twice. To read and write what it does, so does this connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from shipway.errors import in_one_line
from shipway.lineage.upkeep.errors import DatabaseFailed, DatabaseUnreachable, DriverMissing
from shipway.lineage.upkeep.tables import (
    ENVIRONMENT,
    PATHS,
    PROPERTIES,
    TABLES,
    WIDENED,
    delete_all,
    insert,
    select,
)

if TYPE_CHECKING:
    from shipway.lineage.database import Database
    from shipway.lineage.upkeep.rows import Row

CONNECT_SECONDS = 10
ANSWER_SECONDS = 3600
ROWS_AT_ONCE = 1000
PATHS_INDEX = "idx_eventpath_event_id"
CATALOGUE = (
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s"
)
INDEX = (
    "SELECT COUNT(*) FROM information_schema.statistics "
    "WHERE table_schema = DATABASE() AND table_name = %s AND index_name = %s"
)


class MysqlRows:
    """`Rows` over one connection."""

    def __init__(self, database: Database, write: bool) -> None:
        try:
            import pymysql  # type: ignore[import-untyped]
        except ImportError as error:
            raise DriverMissing(str(database), "pymysql") from error
        self._driver = pymysql
        self._database = database
        try:
            self._connection = pymysql.connect(**_settings(database))
        except (pymysql.err.MySQLError, OSError) as error:
            raise DatabaseUnreachable(str(database), _reason(error)) from error
        self._connection.encoding = "latin-1"  # pymysql says cp1252, which lacks five of the bytes
        with self.faults():
            self._begin(write)

    def _begin(self, write: bool) -> None:
        self._do("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'")
        self._do("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        if not write:
            self._do("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def _do(self, sql: str, *values: Any) -> list[Row]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def columns(self, table: str) -> dict[str, str]:
        return {name.lower(): kind for name, kind in self._do(CATALOGUE, table)}

    def ask(self, sql: str) -> list[Row]:
        return [_from_wire(row) for row in self._do(sql)]

    def read(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        order = ""
        if table == PATHS:
            [(indexed,)] = self._do(INDEX, table, PATHS_INDEX)
            # Rows without a key of their own lie in the order of their writing; this index keeps it within an event.
            order = f"FORCE INDEX ({PATHS_INDEX}) ORDER BY event_id" if indexed else "ORDER BY event_id"
        with self._connection.cursor(self._driver.cursors.SSCursor) as cursor:
            cursor.execute(select(columns, table, order))
            for row in cursor:
                yield _from_wire(row)

    def write(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        wired = map(_to_wire, rows)
        with self._connection.cursor() as cursor:
            while batch := list(islice(wired, ROWS_AT_ONCE)):
                cursor.executemany(insert(columns, table, "%s"), batch)

    def clear(self) -> None:
        for table in TABLES:
            self._do(delete_all(table))

    def widen(self) -> None:
        """Let the tables hold all numbers that ML Metadata's clients know; commits by itself, as MySQL does."""
        for table in PROPERTIES:
            if self.columns(table).get(WIDENED) == "int":
                self._do(f"ALTER TABLE {table} MODIFY {WIDENED} BIGINT")

    def lock(self) -> None:
        """Let nobody else read or write the tables; gone with the connection, which `close` ends."""
        self._do("SET autocommit = 0")
        self._do("LOCK TABLES " + ", ".join(f"{table} WRITE" for table in (*TABLES, ENVIRONMENT)))

    def commit(self) -> None:
        """InnoDB counts ids on from the highest that was written."""
        self._connection.commit()

    @contextmanager
    def faults(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.err.MySQLError, UnicodeError) as error:
            raise DatabaseFailed(str(self._database), _reason(error)) from error

    def close(self) -> None:
        self._connection.close()


def _settings(database: Database) -> dict[str, Any]:
    tls = {name: value for name, value in vars(database.tls).items() if value}
    return {
        "host": database.host,
        "port": database.port,
        "user": database.user,
        "password": database.password.encode(),
        "database": database.name,
        "charset": "latin1",
        "autocommit": False,
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        **{f"ssl_{name}": value for name, value in tls.items()},
        **({"ssl_verify_cert": True, "ssl_verify_identity": True} if database.tls.ca else {}),
    }


def _reason(error: BaseException) -> str:
    """The server's own words: pymysql's errors are a number and a text."""
    text = error.args[1] if len(error.args) > 1 else None
    return " ".join(str(text).split())[:200].rstrip(".") if text else in_one_line(error)


def _from_wire(row: Row) -> Row:
    return tuple(_decoded(value) if isinstance(value, str | bytes) else value for value in row)


def _decoded(value: str | bytes) -> str:
    return (value if isinstance(value, bytes) else value.encode("latin-1")).decode("utf-8", "surrogateescape")


def _to_wire(row: Row) -> Row:
    return tuple(
        value.encode("utf-8", "surrogateescape").decode("latin-1") if isinstance(value, str) else value for value in row
    )
