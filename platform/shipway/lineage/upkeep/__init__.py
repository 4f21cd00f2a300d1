"""Keeping a metadata store: back it up, restore it, check it, bring its schema up to date.

    manifest = back_up(database, path)            # online; the file is whole or not there
    restored = restore(path, database, replace=False, backups=folder)
    findings = check_store(database); findings = check_backup(path)      # [] when all is well
    upgraded = upgrade(database, backups=folder)  # of a store that an older ML Metadata wrote

A backup is one file: a metadata store of SQLite's kind, whichever database it came from, with a manifest in a table of
its own (`manifest.py`). So a backup of any of the three databases restores into any of the three, ids kept, and can be
looked into with SQLite or with any ML Metadata client meanwhile.

`rows.py` says what is asked of a database, `sqlite_rows.py`, `mysql_rows.py` and `postgresql_rows.py` answer it over
the drivers: ML Metadata's own calls have no transaction that would hold over more than one of them.
"""

from shipway.lineage.upkeep.backup import back_up
from shipway.lineage.upkeep.checking import Finding, check_backup, check_store
from shipway.lineage.upkeep.manifest import Manifest
from shipway.lineage.upkeep.restore import Restored, restore
from shipway.lineage.upkeep.upgrade import Upgraded, upgrade

__all__ = [
    "Finding",
    "Manifest",
    "Restored",
    "Upgraded",
    "back_up",
    "check_backup",
    "check_store",
    "restore",
    "upgrade",
]
