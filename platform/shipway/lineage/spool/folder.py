"""The folder in which records wait: one file each, whole under its name or not there, named in the order of recording.

::

    <spool>/<host>_<port>/<nanoseconds since the epoch>-<record's id>.json     waits for that service
    <spool>/<host>_<port>/refused/<the same name>              it will never take it: {"reason", "record"}
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.artifacts.publish import storage_faults, write_text
from shipway.lineage.lock import exclusive_file
from shipway.lineage.spool.operation import Operation
from shipway.settings import MetadataAddress

REFUSED, LOCK, SUFFIX = "refused", ".delivery.lock", ".json"
LOCK_SECONDS = 60.0


class SpoolFolder:
    """The spool of one service, at `path`, which need not exist; several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = 0
        self._guard = threading.Lock()

    @classmethod
    def of(cls, address: MetadataAddress) -> SpoolFolder | None:
        """Where records wait for the service at `address`; None for a file, and where no spool is set.

        What waits for one service is never given to another, whose ids mean something else.
        """
        if not address.url or address.spool is None:
            return None
        return cls(address.spool / re.sub(r"[^\w.-]", "_", address.target))

    @property
    def refused(self) -> Path:
        """Where records lie that the store will never take."""
        return self.path / REFUSED

    def add(self, operation: Operation) -> Path:
        """Keep a record, behind all that this process has kept before. Raises an `EnvironmentFault` for the disk."""
        file = self.path / self._name(operation)
        write_text(file, operation.to_json())
        return file

    def refuse(self, operation: Operation, reason: str) -> Path:
        """Keep a record that the store will never take, with the reason; where it lies."""
        return self._put_aside(self._name(operation), operation.to_json(), reason)

    def waiting(self) -> list[Path]:
        """The records that wait, the oldest first."""
        return _records(self.path)

    def set_aside(self, file: Path, reason: str) -> Path:
        """Put a record that cannot be delivered where it is in nobody's way, with the reason; where it lies now."""
        aside = self._put_aside(file.name, file.read_text(encoding="utf-8", errors="replace"), reason)
        self.remove(file)
        return aside

    def take_back(self) -> int:
        """Let the records that were set aside wait once more; how many those are."""
        taken = _records(self.refused)
        for file in taken:
            write_text(self.path / file.name, json.loads(file.read_text(encoding="utf-8"))["record"])
            self.remove(file)
        return len(taken)

    def remove(self, file: Path) -> None:
        with storage_faults(file):
            file.unlink(missing_ok=True)

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Keep every other process from delivering. `BusyStore` when one of them takes a minute."""
        with exclusive_file(self.path / LOCK, LOCK_SECONDS):
            yield

    def _name(self, operation: Operation) -> str:
        with self._guard:
            self._last = max(self._last + 1, time.time_ns())
            return f"{self._last:020d}-{operation.stamp.id}{SUFFIX}"

    def _put_aside(self, name: str, text: str, reason: str) -> Path:
        aside = self.refused / name
        write_text(aside, json.dumps({"reason": reason, "record": text}, indent=2))
        return aside


def _records(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.suffix == SUFFIX and not one.name.startswith("."))
