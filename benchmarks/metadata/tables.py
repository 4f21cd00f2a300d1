"""Rows straight into the tables of ML Metadata's SQLite schema: a hundred times as fast as by its calls.

Only for stores that measurements are made on. The engine makes the schema and the types; here go the rows that its
`PutExecution` would write, in one transaction, with the indexes made afterwards.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROWS_AT_ONCE = 50_000
COLUMNS = {
    "Artifact": "id, type_id, uri, state, name, create_time_since_epoch, last_update_time_since_epoch",
    "ArtifactProperty": "artifact_id, name, is_custom_property, int_value, double_value, string_value",
    "Execution": "id, type_id, last_known_state, name, external_id, create_time_since_epoch, "
    "last_update_time_since_epoch",
    "ExecutionProperty": "execution_id, name, is_custom_property, int_value, double_value, string_value",
    "Context": "id, type_id, name, create_time_since_epoch, last_update_time_since_epoch",
    "ContextProperty": "context_id, name, is_custom_property, int_value, double_value, string_value",
    "Event": "id, artifact_id, execution_id, type, milliseconds_since_epoch",
    "EventPath": "event_id, is_index_step, step_index, step_key",
    "Association": "context_id, execution_id",
    "Attribution": "context_id, artifact_id",
}


class Tables:
    """Takes rows; a `with` block is one transaction."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._counts: dict[str, int] = defaultdict(int)

    def __enter__(self) -> Tables:
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-400000"):
            self._database.execute(f"PRAGMA {pragma}").fetchall()
        found = self._database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        self._indexes = found.fetchall()
        self._database.execute("BEGIN")
        for name, _ in self._indexes:
            self._database.execute(f"DROP INDEX `{name}`")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind is None:
            for table in COLUMNS:
                self._flush(table)
            for _, sql in self._indexes:
                self._database.execute(sql)
            self._database.execute("COMMIT")
            self._database.execute("PRAGMA journal_mode=WAL").fetchall()
        self._database.close()

    def add(self, table: str, *values: Any) -> None:
        rows = self._rows[table]
        rows.append(values)
        if len(rows) >= ROWS_AT_ONCE:
            self._flush(table)

    def next_id(self, table: str) -> int:
        """Ids are counted from 1: the store is empty before."""
        self._counts[table] += 1
        return self._counts[table]

    def count(self, table: str) -> int:
        return self._counts[table]

    def properties(self, table: str, owner: int, values: Mapping[str, Any], *, custom: bool) -> None:
        for name, value in values.items():
            whole = value if isinstance(value, int) else None
            number = value if isinstance(value, float) else None
            text = value if isinstance(value, str) else None
            self.add(table, owner, name, int(custom), whole, number, text)

    def _flush(self, table: str) -> None:
        """A context names an artifact once, however many tasks have touched it."""
        rows = self._rows.pop(table, [])
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self._database.executemany(f"INSERT OR IGNORE INTO `{table}` ({COLUMNS[table]}) VALUES ({places})", rows)  # noqa: S608
