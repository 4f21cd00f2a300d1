"""ML Metadata's engine as the maker and migrator of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.lineage.database import SQLITE, Database
from shipway.lineage.engine import native
from shipway.lineage.faults import OlderStore, fault_of
from shipway.lineage.protos import MigrationOptions
from shipway.lineage.upkeep.errors import DatabaseFailed
from shipway.lineage.upkeep.tables import SCHEMA_VERSION

OLDER = "is older than library version"
DOWNGRADED = "Downgrade migration was performed"


def make_tables(database: Database) -> None:
    """Make the tables where there are none. `OlderStore` where they are of an older schema."""
    with _faults(database):
        _connect(database, MigrationOptions())


def migrate(database: Database) -> None:
    """Bring the tables of an older schema to this engine's."""
    with _faults(database):
        _connect(database, MigrationOptions(enable_upgrade_migration=True))


def downgrade(database: Database, version: int) -> None:
    """Bring the tables to an older schema; what that has no columns for is lost."""
    try:
        _connect(database, MigrationOptions(downgrade_to_schema_version=version))
    except RuntimeError as error:
        if DOWNGRADED not in str(error):
            raise DatabaseFailed(str(database), _first_line(error)) from error


def make_file(path: Path, version: int) -> None:
    """Make the tables of a schema in a new file."""
    database = Database.of_file(path)
    make_tables(database)
    if version < SCHEMA_VERSION:
        downgrade(database, version)


def _connect(database: Database, options: MigrationOptions) -> None:
    """The engine does its work while it connects; the connection ends with the handle."""
    native.CreateMetadataStore(database.connection_config().SerializeToString(), options.SerializeToString())


@contextmanager
def _faults(database: Database) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if OLDER in str(error):
            raise OlderStore(str(database)) from error
        fault = fault_of(database.path, str(error)) if database.kind == SQLITE and database.path else None
        raise fault or DatabaseFailed(str(database), _first_line(error)) from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:200]
