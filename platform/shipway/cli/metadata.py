"""`shipway metadata`: the metadata store as a service, and its upkeep."""

from __future__ import annotations

import argparse
import importlib

ACTIONS = {
    "serve": "serve the metadata store over gRPC, to any client of ML Metadata",
    "deliver": "hand over the records that waited while the metadata service was down",
    "backup": "write a metadata store into one file, while it is in use",
    "restore": "put a backup in the place of a metadata store, in any of the databases",
    "verify": "check a metadata store, or a backup of one",
    "upgrade": "bring the schema of a store that an older release wrote up to date, after a backup",
}
"""Each action is a file beside this one, `metadata_<action>.py`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, summary in ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        importlib.import_module(f"shipway.cli.metadata_{name}").add_arguments(action)


def run(options: argparse.Namespace) -> int:
    return importlib.import_module(f"shipway.cli.metadata_{options.action}").run(options) or 0
