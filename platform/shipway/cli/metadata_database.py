"""The flags by which the `shipway metadata` commands are told a database, the same for all of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import UsageError

if TYPE_CHECKING:
    from shipway.lineage.database import Database


class BehindService(UsageError):
    """Lineage is recorded by a service, whose database is not known here."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"SHIPWAY_METADATA says that lineage is recorded by the service {url}: name the database that it serves "
            "with --database."
        )


def add_database_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        metavar="NAME",
        help="sqlite:PATH, mysql://user@host:port/database or postgresql://user@host:port/database "
        "(default: the home's own store)",
    )
    parser.add_argument(
        "--database_password_file", type=Path, metavar="FILE", help="the password of the database's user"
    )


def chosen_database(options: argparse.Namespace) -> Database:
    """The database that the flags name, or the home's store. `UsageError` for a name that cannot be understood."""
    from shipway.lineage.database import Database, read_password
    from shipway.runner.home import Home

    if options.database is not None:
        return Database.parse(options.database, read_password(options.database_password_file))
    address = options.settings.metadata
    path = address.path if address is not None else None
    return Database.of_file(path or Home(options.settings.home).metadata_db)


def kept_database(options: argparse.Namespace) -> Database:
    """The same for upkeep, which would have the wrong store where a service records: `BehindService`."""
    address = options.settings.metadata
    if options.database is None and address is not None and address.url:
        raise BehindService(address.url)
    return chosen_database(options)


def backups_folder(options: argparse.Namespace) -> Path:
    """Where backups go that are given no name."""
    return Path(options.settings.home) / "backups"
