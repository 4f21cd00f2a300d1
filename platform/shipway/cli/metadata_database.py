"""The flags by which the `shipway metadata` commands are told a database, the same for all of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shipway.lineage.database import Database


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

    if options.database is None:
        return Database.of_file(Home(options.settings.home).metadata_db)
    return Database.parse(options.database, read_password(options.database_password_file))
