"""A database before it is served: there, with its tables, and such that its engines are not in each other's way."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from shipway.errors import EnvironmentFault
from shipway.lineage.database import Database
from shipway.lineage.embedded import EmbeddedService
from shipway.lineage.faults import BrokenStore
from shipway.lineage.upkeep.engine_tables import make_tables
from shipway.lineage.upkeep.rows import reading
from shipway.lineage.upkeep.upgrade import widen_numbers

log = logging.getLogger(__name__)


def prepare(database: Database) -> None:
    """See that the database can be served, and make its tables where it has none.

    Raises:
        EnvironmentFault: it cannot be used, or is of an older schema.
    """
    if database.path is not None:
        _prepare_file(database.path)
    else:
        _prepare_on_server(database)


def _prepare_file(path: Path) -> None:
    """In SQLite's write-ahead mode, the writer and the readers do not wait for each other."""
    EmbeddedService(path).close()
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise BrokenStore(path, str(error)) from error
    finally:
        connection.close()


def _prepare_on_server(database: Database) -> None:
    with reading(database):
        pass  # a server that cannot be reached says why; the engine does not
    make_tables(database)
    try:
        widen_numbers(database)
    except EnvironmentFault as fault:
        log.warning("numbers of more than 32 bits will be refused: %s", fault)
