"""`shipway metadata verify`: whether a metadata store, or a backup of one, is whole; exit code 1 when it is not."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from shipway.cli.metadata_database import add_database_arguments, kept_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup to look at instead of a store")
    parser.add_argument(
        "--running_days",
        type=float,
        default=3.0,
        metavar="DAYS",
        help="name executions that are RUNNING for so long (default: 3)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_database_arguments(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.upkeep import check_backup, check_store

    if options.file:
        subject, findings = str(options.file), check_backup(options.file)
    else:
        database = kept_database(options)
        subject, findings = str(database), check_store(database, options.running_days)
    if options.json:
        print(json.dumps({"subject": subject, "findings": [asdict(one) for one in findings]}))
    else:
        for finding in findings:
            print(finding.text)
        print(f"{subject}: {f'{len(findings)} findings' if findings else 'nothing is wrong'}.")
    return 1 if findings else 0
