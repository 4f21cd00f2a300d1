"""`shipway metadata upgrade`: bring the schema of a store that an older release wrote up to date."""

from __future__ import annotations

import argparse

from shipway.cli.metadata_database import add_database_arguments, backups_folder, kept_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_database_arguments(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.upkeep import upgrade

    database = kept_database(options)
    upgraded = upgrade(database, backups=backups_folder(options))
    if upgraded.backup is None:
        print(f"{database} has schema {upgraded.after} already.")
    else:
        print(f"Upgraded {database} from schema {upgraded.before} to {upgraded.after}.")
        print(f"The store as it was is in {upgraded.backup}.")
    return 0
