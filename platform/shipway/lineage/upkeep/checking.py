"""Looking through a store for what should never be there.

ML Metadata's tables know no foreign keys: nothing but its own code keeps an event from pointing at an artifact that is
gone, and a database that was restored, copied or edited by other means can hold anything.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.lineage.database import SQLITE, Database
from shipway.lineage.upkeep.content import content_of
from shipway.lineage.upkeep.manifest import backup_connection, read_manifest
from shipway.lineage.upkeep.restore import require_content
from shipway.lineage.upkeep.rows import Rows, reading, schema_version
from shipway.lineage.upkeep.rules import MOST_OF_A_KIND, RULES
from shipway.lineage.upkeep.sqlite_rows import connect_file, file_faults
from shipway.lineage.upkeep.tables import ENVIRONMENT, SCHEMA_VERSION, select

RUNNING = 2
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in a sentence that names it; `kind` is the same for all of its kind."""

    kind: str
    text: str


def check_store(database: Database, running_days: float = 3.0) -> list[Finding]:
    """What is wrong with a store; an execution that is RUNNING for `running_days` counts too.

    Raises an `EnvironmentFault` for a store that cannot be read at all.
    """
    found = list(_damaged_pages(database)) if database.kind == SQLITE else []
    if found:
        return found  # what a query over damaged pages says is worth nothing
    with reading(database) as rows:
        version = schema_version(rows, database)
        if version != SCHEMA_VERSION:
            return [_other_schema(database, version)]
        return [*_several_versions(rows), *_broken_rules(rows), *_long_running(rows, running_days)]


def check_backup(path: Path) -> list[Finding]:
    """What is wrong with a backup, and with the store in it."""
    try:
        manifest = read_manifest(path)
        with backup_connection(path) as connection:
            problems = [text for (text,) in connection.execute(f"PRAGMA integrity_check({MOST_OF_A_KIND})")]
        if problems != ["ok"]:
            return [Finding("damaged", f"SQLite says of the backup: {text}") for text in problems]
        with reading(Database.of_file(path)) as rows:
            require_content(content_of(rows), manifest, path)
    except ShipwayError as error:
        return [Finding("damaged", str(error))]
    found = check_store(Database.of_file(path))
    return [one for one in found if one.kind not in ("running-long", "schema")]


def _damaged_pages(database: Database) -> Iterator[Finding]:
    assert database.path is not None
    with file_faults(database.path):
        connection = connect_file(database.path)
        try:
            for (text,) in connection.execute(f"PRAGMA integrity_check({MOST_OF_A_KIND})"):
                if text != "ok":
                    yield Finding("damaged", f"SQLite says of the file: {text}")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CORRUPT:
                raise
            yield Finding("damaged", f"SQLite says of the file: {error}")  # too damaged to be looked through
        finally:
            connection.close()


def _other_schema(database: Database, version: int) -> Finding:
    if version < SCHEMA_VERSION:
        way = f"run 'shipway metadata upgrade --database {database}'"
    else:
        way = "use the Shipway release that wrote it"
    return Finding("schema", f"The store has schema {version} of ML Metadata and this release {SCHEMA_VERSION}: {way}")


def _several_versions(rows: Rows) -> Iterator[Finding]:
    versions = rows.ask(select(("schema_version",), ENVIRONMENT))
    if len(versions) != 1:
        yield Finding("schema", f"The table {ENVIRONMENT} has {len(versions)} rows and should have one")


def _broken_rules(rows: Rows) -> Iterator[Finding]:
    for rule in RULES:
        found = rows.ask(rule.sql)
        for values in found[:MOST_OF_A_KIND]:
            yield Finding(rule.kind, rule.sentence.format(*values))
        if len(found) > MOST_OF_A_KIND:
            yield Finding(
                rule.kind, f"There are more than {MOST_OF_A_KIND} of the kind {rule.kind}; only these are named"
            )


def _long_running(rows: Rows, days: float) -> Iterator[Finding]:
    before = int(time.time() * 1000 - days * DAY_MS)
    columns = ("id", "name", "last_update_time_since_epoch")
    idle = f"WHERE last_known_state = {RUNNING} AND last_update_time_since_epoch < {before} ORDER BY id"
    found = rows.ask(select(columns, "Execution", f"{idle} LIMIT {MOST_OF_A_KIND}"))
    for number, name, updated in found:
        age = (time.time() * 1000 - updated) / DAY_MS
        yield Finding("running-long", f"Execution {number} ({name}) is RUNNING for {age:.1f} days without a word")
