"""ML Metadata's tables, which have the same names and columns in every database it runs on."""

from __future__ import annotations

SCHEMA_VERSION = 10
"""The schema of the locked ML Metadata's engine."""

TABLES = (
    "Type",
    "ParentType",
    "TypeProperty",
    "Artifact",
    "ArtifactProperty",
    "Execution",
    "ExecutionProperty",
    "Context",
    "ContextProperty",
    "ParentContext",
    "Event",
    "EventPath",
    "Association",
    "Attribution",
)
"""All but `MLMDEnv`, which holds the version of the schema."""

NUMBERED = ("Type", "Artifact", "Execution", "Context", "Event", "Association", "Attribution")
"""Those whose ids the database counts up."""

PATHS = "EventPath"
"""The one table whose rows have an order, that of the steps of an event's path, and no column that says it."""

PROPERTIES = ("ArtifactProperty", "ExecutionProperty", "ContextProperty")
WIDENED = "int_value"
"""Numbers of 64 bits to ML Metadata's clients, of 32 in the tables that its engine makes on a server."""

BYTES = frozenset({"byte_value", "proto_value"})
ENVIRONMENT = "MLMDEnv"
EMPTY_WITHOUT = ("Artifact", "Execution", "Context", "Event")
OWN_TYPES = "mlmd."
"""The types with this prefix are put into every store by the engine."""


def select(columns: tuple[str, ...], table: str, rest: str = "") -> str:
    """The statement that reads these columns. Names come from here and from the database's catalogue alone."""
    return " ".join(("SELECT", ", ".join(columns), "FROM", table, rest)).strip()


def insert(columns: tuple[str, ...], table: str, mark: str) -> str:
    return " ".join(
        ("INSERT INTO", table, f"({', '.join(columns)})", "VALUES", f"({', '.join([mark] * len(columns))})")
    )


def delete_all(table: str) -> str:
    return " ".join(("DELETE FROM", table))
