"""`shipway metadata backup`: write a metadata store into one file, while it is in use."""

from __future__ import annotations

import argparse
from pathlib import Path

from shipway.cli.metadata_database import add_database_arguments, backups_folder, kept_database
from shipway.cli.table import size_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="the backup to write (default: a new one in HOME/backups)"
    )
    add_database_arguments(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.upkeep import back_up
    from shipway.lineage.upkeep.restore import timestamp

    database = kept_database(options)
    path = options.file or backups_folder(options) / f"metadata-{timestamp()}.backup"
    manifest = back_up(database, path)
    print(f"Backed up {database} to {path} ({size_text(path.stat().st_size)}): {manifest.summary}.")
    return 0
