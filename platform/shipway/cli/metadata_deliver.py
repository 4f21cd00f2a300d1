"""`shipway metadata deliver`: hand over the records that waited while the metadata service was down."""

from __future__ import annotations

import argparse
import json

from shipway.errors import UsageError

EVERYTHING, SOME_REFUSED = 0, 1


class NoService(UsageError):
    """Lineage is recorded in a file, for which nothing ever waits."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"Lineage is recorded in the file {place!r}, so no records wait: set SHIPWAY_METADATA to the service that "
            "they wait for."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--again", action="store_true", help="also try those once more that the service refused and that were set aside"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    from shipway.lineage.spool import SpoolFolder, deliver_waiting

    address = options.settings.local_metadata
    folder = SpoolFolder.of(address)
    if folder is None:
        raise NoService(address.place)
    if options.again:
        folder.take_back()
    delivery = deliver_waiting(address)
    if options.json:
        print(json.dumps({"delivered": delivery.delivered, "refused": [str(file) for file in delivery.refused]}))
    elif delivery.delivered or delivery.refused:
        print(f"Delivered {delivery.delivered} records from {folder.path} to {address.place}.")
        for file in delivery.refused:
            print(f"Refused, and set aside: {file}")
    else:
        print(f"No records wait in {folder.path}.")
    return SOME_REFUSED if delivery.refused else EVERYTHING
