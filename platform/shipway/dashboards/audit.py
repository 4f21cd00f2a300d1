"""The audit log: one line of JSON for everything that somebody changed or tried, appended and never changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from shipway.artifacts import writing
from shipway.dashboards.people import Person

LONGEST_TEXT = 2000
"""Of what a person wrote into a form, in characters: a line of the log stays one write."""

READ_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class AuditEntry:
    """Who did what to what, and why. `at_ms`: milliseconds since the epoch; `address`: from where."""

    at_ms: int
    who: str
    role: str
    address: str
    action: str
    subject: str
    reason: str = ""


class AuditLog:
    """The log at `path`. Several servers may append to one: a line is one write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, person: Person, action: str, subject: str, reason: str = "") -> None:
        """Write one line through to the disk; raises an `EnvironmentFault` where it cannot be written."""
        entry = AuditEntry(
            at_ms=int(time.time() * 1000),
            who=person.name[:LONGEST_TEXT],
            role=person.role,
            address=person.address,
            action=action,
            subject=subject[:LONGEST_TEXT],
            reason=reason[:LONGEST_TEXT],
        )
        line = json.dumps(asdict(entry)).encode() + b"\n"
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def newest(self, limit: int) -> list[AuditEntry]:
        """The last `limit` entries, the newest first; lines that are torn or of another shape are passed over."""
        found: list[AuditEntry] = []
        for line in _lines_backwards(self.path):
            if len(found) == limit:
                break
            try:
                found.append(AuditEntry(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from its end, without reading more of it than is asked for."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        position, rest = file.seek(0, os.SEEK_END), b""
        while position:
            size = min(READ_AT_ONCE, position)
            position -= size
            file.seek(position)
            first, *whole = (file.read(size) + rest).split(b"\n")
            yield from reversed(whole)
            rest = first
        yield rest
