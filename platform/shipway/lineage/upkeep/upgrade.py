"""Bringing the schema of a store that an older ML Metadata wrote up to date, with a backup from before."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import EnvironmentFault
from shipway.lineage.database import SQLITE, Database
from shipway.lineage.lock import exclusive_file, lock_file
from shipway.lineage.upkeep.backup import back_up
from shipway.lineage.upkeep.content import content_of
from shipway.lineage.upkeep.engine_tables import migrate
from shipway.lineage.upkeep.errors import NewerStore, UpgradeFailed
from shipway.lineage.upkeep.restore import timestamp
from shipway.lineage.upkeep.rows import reading, schema_version, writing
from shipway.lineage.upkeep.tables import SCHEMA_VERSION

KEPT = ("Artifact", "Execution", "Context", "Event", "EventPath", "Association", "Attribution")
"""What a migration never adds to and never takes from."""


@dataclass(frozen=True)
class Upgraded:
    """The schema before and after; `backup` is None where there was nothing to do."""

    before: int
    after: int
    backup: Path | None


def upgrade(database: Database, *, backups: Path) -> Upgraded:
    """Migrate the store to this release's schema, after a backup into the folder `backups`; widen a server's numbers.

    Nobody else should use a server's database meanwhile: ML Metadata takes no lock. Raises `NewerStore` for a store
    that is ahead, and `UpgradeFailed` with the way back.
    """
    with _held(database):
        with reading(database) as rows:
            before = schema_version(rows, database)
        if before == SCHEMA_VERSION:
            widen_numbers(database)
            return Upgraded(before, before, None)
        if before > SCHEMA_VERSION:
            raise NewerStore(str(database), before, SCHEMA_VERSION)
        backup = backups / f"metadata-{timestamp()}-schema{before}.backup"
        counts = back_up(database, backup).counts
        try:
            migrate(database)
        except EnvironmentFault as error:
            raise UpgradeFailed(str(database), str(error), backup) from error
        widen_numbers(database)
        with reading(database) as rows:
            after, content = schema_version(rows, database), content_of(rows)
    for table in KEPT:
        if table in counts and content.counts.get(table) != counts[table]:
            raise UpgradeFailed(str(database), f"rows of {table} are missing", backup)
    return Upgraded(before, after, backup)


def widen_numbers(database: Database) -> None:
    """Let a server's tables hold integers of 64 bits, as files do; ML Metadata's engine makes them with 32."""
    if database.kind != SQLITE:
        with writing(database) as rows:
            rows.widen()


def _held(database: Database) -> AbstractContextManager[None]:
    """Runs of this home wait meanwhile."""
    if database.kind != SQLITE or database.path is None or not database.path.exists():
        return nullcontext()
    return exclusive_file(lock_file(database.path))
