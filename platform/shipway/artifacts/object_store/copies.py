"""The small files of artifacts in buckets, as folders of this machine: fetched when asked for, kept within bounds.

For a process that shows artifacts and does not work with them. Rows and weights are never fetched. A copy that was made
soon after its objects were written is made again after a while: an upload may not have been over.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shipway.artifacts.object_store.faults import NothingThere, ObjectStoreFault
from shipway.artifacts.object_store.location import Location
from shipway.artifacts.object_store.reading import Entry, fetch, listing
from shipway.artifacts.publish import PARTIAL, discard, storage_faults
from shipway.artifacts.size import size_of
from shipway.artifacts.storage import MOUNT_ROOT_VARIABLE

FOLDER = ".shipway-copies"
LARGEST_FILE = 64 << 20
LARGEST_COPY = 256 << 20
KEPT_BYTES = 1 << 30
YOUNG_SECONDS = 300.0
LIFE_OF_YOUNG_SECONDS = 20.0
REMEMBERED_FAULT_SECONDS = 30.0
DATA = re.compile(r"(^|/)(Split-[^/]*/(data-|examples-)[^/]*|variables/.*|[^/]*\.parquet)$")
"""Files of rows and of weights, by name."""


@dataclass(frozen=True)
class Kept:
    folder: Path
    until: float


class Copies:
    """Copies below `root`, of `kept_bytes` in all, of which those that were asked for longest ago go first."""

    def __init__(self, root: Path, kept_bytes: int = KEPT_BYTES) -> None:
        self.root = root
        self._kept_bytes = kept_bytes
        self._kept: dict[str, Kept] = {}
        self._faults: dict[str, tuple[float, ObjectStoreFault]] = {}
        self._lock = threading.Lock()

    @classmethod
    def of_this_process(cls) -> Copies:
        return cls(Path(os.environ.get(MOUNT_ROOT_VARIABLE) or tempfile.gettempdir()) / FOLDER)

    def folder(self, uri: str) -> Path:
        """The copy of what pages read of an artifact, a folder or a single file.

        Raises `NothingThere` and `ObjectStoreFault`s, the same for half a minute: who waits for a page waits once.
        """
        bucket = Location.parse(uri).bucket
        with self._lock:
            kept = self._kept.get(uri)
            if kept and time.monotonic() < kept.until and kept.folder.exists():
                os.utime(kept.folder)
                return kept.folder
            self._raise_again(bucket)
        try:
            made = self._make(uri)
        except NothingThere:
            raise
        except ObjectStoreFault as fault:
            with self._lock:
                self._faults[bucket] = (time.monotonic() + REMEMBERED_FAULT_SECONDS, fault)
            raise
        with self._lock:
            self._kept[uri] = made
            self._make_room(made.folder)
        return made.folder

    def _raise_again(self, bucket: str) -> None:
        until, fault = self._faults.get(bucket, (0.0, None))
        if fault is not None and time.monotonic() < until:
            raise fault

    def _make(self, uri: str) -> Kept:
        folder = self.root / hashlib.sha256(uri.encode()).hexdigest()[:32]
        entries = listing(uri)
        if not entries:
            raise NothingThere(Location.parse(uri))
        wanted = frozenset(shown(entries))
        if wanted:
            fetch(uri, folder, lambda entry: entry.name in wanted)
        else:
            with storage_faults(folder):
                folder.mkdir(parents=True, exist_ok=True)
        is_young = time.time() - max(entry.modified for entry in entries) < YOUNG_SECONDS
        return Kept(folder, time.monotonic() + (LIFE_OF_YOUNG_SECONDS if is_young else float("inf")))

    def _make_room(self, newest: Path) -> None:
        """Forget the oldest copies, also those of a process before this one."""
        copies = [path for path in self.root.iterdir() if not path.name.startswith(PARTIAL)]
        oldest_first = sorted(copies, key=lambda path: path.stat().st_mtime)
        sizes = {path: size_of(path) for path in oldest_first}
        total = sum(sizes.values())
        for path in oldest_first:
            if total <= self._kept_bytes or path == newest:
                break
            discard(path)
            total -= sizes[path]


def shown(entries: Sequence[Entry]) -> list[str]:
    """The names of the files that a page may want, the smallest first, as many as make a copy of bearable size."""
    names, total = [], 0
    for entry in sorted(entries, key=lambda entry: entry.size):
        total += entry.size
        if entry.size <= LARGEST_FILE and total <= LARGEST_COPY and not DATA.search(entry.name):
            names.append(entry.name)
    return names
