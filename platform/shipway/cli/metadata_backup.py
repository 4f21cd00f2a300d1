"""`shipway metadata backup`: write a metadata store into one file, while it is in use."""

from __future__ import annotations

import argparse
from pathlib import Path

from shipway.cli.metadata_database import add_database_arguments, backups_folder, kept_database
from shipway.cli.table import size_text
from shipway.errors import UsageError


class KeepsElsewhere(UsageError):
    """Old backups are removed from one folder, and the new one would lie somewhere else."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"--keep is about backups in HOME/backups, and this one goes to {str(path)!r}: leave out one of the two."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="the backup to write (default: a new one in HOME/backups)"
    )
    parser.add_argument(
        "--keep", type=_count, metavar="N", help="remove all but the newest N of HOME/backups afterwards"
    )
    add_database_arguments(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.upkeep import back_up
    from shipway.lineage.upkeep.backup_folder import BackupFolder

    if options.file and options.keep:
        raise KeepsElsewhere(options.file)
    database = kept_database(options)
    folder = BackupFolder(backups_folder(options))
    path = options.file or folder.new()
    manifest = back_up(database, path)
    print(f"Backed up {database} to {path} ({size_text(path.stat().st_size)}): {manifest.summary}.")
    if options.keep:
        for old in folder.keep(options.keep):
            print(f"Removed {old}, which is older than the newest {options.keep}.")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of backups: give 1 or more")
    return int(text)
