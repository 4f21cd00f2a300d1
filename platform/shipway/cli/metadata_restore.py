"""`shipway metadata restore`: put a backup in the place of a metadata store, in any of the databases."""

from __future__ import annotations

import argparse
from pathlib import Path

from shipway.cli.metadata_database import add_database_arguments, backups_folder, kept_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what 'shipway metadata backup' wrote")
    parser.add_argument("--replace", action="store_true", help="replace a store that is not empty, and keep it beside")
    add_database_arguments(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.upkeep import restore

    database = kept_database(options)
    restored = restore(options.file, database, replace=options.replace, backups=backups_folder(options))
    print(f"Restored {database} as of {restored.manifest.created}: {restored.manifest.summary}.")
    if restored.kept:
        print(f"What it held before is in {restored.kept}.")
    return 0
