"""What is different from one version of a schema to the next, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from shipway.dashboards.pages.data.schemas.files import LARGEST_FILE, changes_between, schema_file
from shipway.dashboards.pages.data.schemas.history import Version
from shipway.data.schema_diff import Change
from shipway.errors import ShipwayError
from shipway.runner.home import Home

CHANGES_SHOWN = 60
COMPARED_BYTES = 128 << 10
"""So much text of versions is compared for a list: some eight hundred features."""


@dataclass(frozen=True)
class VersionLine:
    """A version and what is different from the one before; `changes` None where there is none to compare with.

    `is_unread`: the page read enough without it.
    """

    version: Version
    changes: Sequence[Change] | None
    left_out: int = 0
    is_unread: bool = False


def version_lines(versions: Sequence[Version], home: Home, problems: dict[str, None]) -> list[VersionLine]:
    """Each version with its changes; the last of a page has none to compare with."""
    lines = []
    rest = COMPARED_BYTES
    for version, before in zip_longest(versions, versions[1:]):
        line = version_line(version, before, home, problems, rest)
        rest -= 0 if line.is_unread else _size(version, home)
        lines.append(line)
    return lines


def _size(version: Version, home: Home) -> int:
    try:
        return schema_file(version.newest, home).size
    except ShipwayError:
        return 0


def version_line(
    version: Version, before: Version | None, home: Home, problems: dict[str, None], most_bytes: int = LARGEST_FILE
) -> VersionLine:
    """A version, compared with the one before unless it has more than so many bytes."""
    if before is None:
        return VersionLine(version, None)
    if _size(version, home) > most_bytes:
        return VersionLine(version, None, is_unread=True)
    try:
        changes = changes_between(schema_file(before.newest, home), schema_file(version.newest, home))
    except ShipwayError as fault:
        problems[str(fault)] = None
        return VersionLine(version, None)
    return VersionLine(version, changes[:CHANGES_SHOWN], max(0, len(changes) - CHANGES_SHOWN))
