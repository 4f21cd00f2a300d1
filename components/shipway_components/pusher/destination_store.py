"""Numbered versions in a bucket, where nothing can be renamed and nobody can hold a lock.

A version is there when its record is, which is written last; before it, a model's `saved_model.pb` comes after its
other files, for servers that know of no records. Two pushes at once do not take one version: each writes a claim of
its own name (`.shipway/<version>.<id>.claim`) and then looks. Stores list what was written before, so of two claims at
least the later one is seen beside the other, and whoever sees another claim withdraws and takes a higher number.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shipway.artifacts import digest_tree
from shipway.artifacts.object_store import (
    Child,
    Entry,
    Location,
    NothingThere,
    ObjectStoreFault,
    children,
    delete,
    exists,
    listing,
    read,
    upload,
    write,
)
from shipway.errors import EnvironmentFault
from shipway_components.pusher.destination_layout import (
    RECORDS,
    SAVED_MODEL,
    Layout,
    Pushed,
    is_version,
    ledger_entry,
    record_text,
    recorded_digest,
)

CLAIM = ".claim"
CLAIM_ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 0.3
STALE_SECONDS = 24 * 3600.0
COMPARED_VERSIONS = 100
LARGEST_RECORD = 1 << 20

log = logging.getLogger(__name__)


class NoFreeVersion(EnvironmentFault):
    """Others took every version that this push wanted."""

    def __init__(self, place: str) -> None:
        super().__init__(f"So many pushes to {place!r} run at once that none is free to go: run this one again.")


@dataclass(frozen=True)
class Taken:
    """What a destination has: version folders, records of versions that ever were, and claims by version."""

    folders: frozenset[int]
    records: frozenset[int]
    claims: tuple[tuple[int, Child], ...]

    @property
    def highest(self) -> int:
        return max([0, *self.folders, *self.records, *(version for version, _ in self.claims)])


class StoreDestination:
    """The versions below one prefix of a bucket."""

    def __init__(self, place: str, layout: Layout = Layout.WATCHED) -> None:
        self.place = Location.parse(place).uri
        self.layout = layout

    def versions(self) -> list[int]:
        """The versions that are there, ascending."""
        taken = self._taken()
        there = taken.folders & taken.records
        return sorted(version for version in there if self.layout is Layout.WATCHED or self.holds(str(version)))

    def holds(self, version: str) -> bool:
        """Whether a version is there: its record, and files."""
        if not is_version(version):
            return False
        parts = (self.layout.record(int(version)), self.layout.content(int(version)))
        return all(exists(f"{self.place}/{part}") for part in parts)

    def push(self, source: Path, model_uri: str, versioning: str) -> Pushed:
        """The version under which the files of `source` lie here.

        Raises `ObjectStoreFault`s and `NoFreeVersion`; then no new version is there.
        """
        digest = digest_tree(source)
        there = self._version_of(digest, source)
        if there is not None:
            return self._pushed(there, False, digest)
        with self._claimed(versioning) as version:
            self._write(source, version, record_text(version, digest, model_uri).encode())
        return self._pushed(version, True, digest)

    def _pushed(self, version: int, is_new: bool, digest: str) -> Pushed:
        return Pushed(version, is_new, f"{self.place}/{version}", digest)

    def _taken(self) -> Taken:
        folders = (one.name for one in children(self.place) if one.is_folder)
        listed = children(f"{self.place}/{RECORDS}")
        records = (one.name.removesuffix(".json") for one in listed if one.name.endswith(".json"))
        claims = ((one.name.partition(".")[0], one) for one in listed if one.name.endswith(CLAIM))
        return Taken(
            frozenset(int(name) for name in folders if is_version(name)),
            frozenset(int(name) for name in records if is_version(name)),
            tuple((int(name), one) for name, one in claims if is_version(name)),
        )

    def _version_of(self, digest: str, source: Path) -> int | None:
        """The newest version with this content whose files are all there, among the newest hundred."""
        taken = self._taken()
        files = [Entry(one.name, one.size) for one in listing(str(source.absolute()))]
        for version in sorted(taken.folders & taken.records, reverse=True)[:COMPARED_VERSIONS]:
            same = self._recorded(version) == digest
            if same and listing(f"{self.place}/{self.layout.content(version)}") == files:
                return version
        return None

    def _recorded(self, version: int) -> str | None:
        try:
            return recorded_digest(read(f"{self.place}/{self.layout.record(version)}", LARGEST_RECORD))
        except NothingThere:
            return None

    @contextmanager
    def _claimed(self, versioning: str) -> Iterator[int]:
        """A version above all that ever were, and nobody else's."""
        for _ in range(CLAIM_ATTEMPTS):
            following = self._taken().highest + 1
            version = max(following, int(time.time())) if versioning == "timestamp" else following
            name = f"{version}.{uuid.uuid4().hex}{CLAIM}"
            write(f"{self.place}/{RECORDS}/{name}", b"")
            try:
                taken = self._taken()
                if self._is_alone(version, name, taken):
                    self._sweep(name, taken)
                    yield version
                    return
            finally:
                self._forget(f"{self.place}/{RECORDS}/{name}")
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
        raise NoFreeVersion(self.place)

    def _is_alone(self, version: int, name: str, taken: Taken) -> bool:
        rivals = [one for number, one in taken.claims if number == version and one.name != name]
        return not rivals and version not in taken.folders and version not in taken.records

    def _sweep(self, own: str, taken: Taken) -> None:
        """Remove what pushes left that were killed: claims of more than a day ago by the store's own clock."""
        now = next(one.modified for _, one in taken.claims if one.name == own)
        for version, one in taken.claims:
            if now - one.modified > STALE_SECONDS:
                if version not in taken.records:
                    self._forget(f"{self.place}/{version}")
                self._forget(f"{self.place}/{RECORDS}/{one.name}")

    def _write(self, source: Path, version: int, record: bytes) -> None:
        """Files, the ledger's entry, and the record; of a write that fails nothing stays, as far as the store lets."""
        last = [SAVED_MODEL] if (source / SAVED_MODEL).is_file() else []
        try:
            upload(source, f"{self.place}/{self.layout.content(version)}", last)
            for name in dict.fromkeys((ledger_entry(version), self.layout.record(version))):
                write(f"{self.place}/{name}", record)
        except BaseException:
            self._forget(f"{self.place}/{version}")
            raise

    def _forget(self, uri: str) -> None:
        try:
            delete(uri)
        except ObjectStoreFault as fault:
            log.warning("%s What lies there is no version, and is in nobody's way.", fault)
