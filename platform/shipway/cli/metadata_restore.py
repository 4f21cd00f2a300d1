"""`shipway metadata restore`: put a backup in the place of a metadata store, in any of the databases."""

from __future__ import annotations

import argparse
from pathlib import Path

from shipway.cli.metadata_database import add_database_arguments, backups_folder, kept_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="what 'shipway metadata backup' wrote (default: the newest in HOME/backups)",
    )
    parser.add_argument("--replace", action="store_true", help="replace a store that is not empty, and keep it beside")
    add_database_arguments(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.upkeep import restore
    from shipway.lineage.upkeep.backup_folder import BackupFolder

    database = kept_database(options)
    backups = backups_folder(options)
    file = options.file or BackupFolder(backups).newest()
    restored = restore(file, database, replace=options.replace, backups=backups)
    print(f"Restored {database} from {file} as of {restored.manifest.created}: {restored.manifest.summary}.")
    if restored.kept:
        print(f"What it held before is in {restored.kept}.")
    return 0
