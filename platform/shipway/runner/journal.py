"""The journal of a run: one line of JSON for everything that happened, appended and never changed.

A line is whole or it is the last one; a torn last line is what a kill left and is passed over. What ends a task goes
through to the disk before anything else builds on it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shipway.artifacts import storage_faults


class Journal:
    """Appends to the journal at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with storage_faults(path):
            self._file = path.open("ab", buffering=0)
            if _is_torn(path):
                self._file.write(b"\n")

    def append(self, event: str, *, durable: bool = False, **details: Any) -> None:
        """Write one event; `durable` waits until it is on the disk."""
        line = json.dumps({"event": event, "at": round(time.time(), 3), **details}).encode() + b"\n"
        with storage_faults(self._path):
            while line:
                line = line[self._file.write(line) :]
            if durable:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _is_torn(path: Path) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a journal; what a kill tore is left out."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event
