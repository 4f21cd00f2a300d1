"""A folder of numbered versions, whole since the moment they appear.

TensorFlow Serving, KServe and Triton look at numbered folders only. `.shipway/push.lock` is held while a version is
being written.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from shipway.artifacts import digest_tree, local_path, partial_sibling, storage_faults, write_text, writing
from shipway.artifacts.publish import PARTIAL
from shipway.errors import EnvironmentFault
from shipway_components.pusher.destination_layout import (
    RECORDS,
    Layout,
    Pushed,
    is_version,
    ledger_entry,
    record_text,
    recorded_digest,
)

LOCK_SECONDS = 900.0


class DestinationBusy(EnvironmentFault):
    """Another push holds the destination for too long."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another push to {str(folder)!r} has been running for {LOCK_SECONDS:.0f} s: wait for it or stop it, and "
            f"run again."
        )


class DestinationNotFolder(EnvironmentFault):
    """A file lies where the versions should."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"The destination {str(folder)!r} is a file: choose a folder for the pushed versions.")


class FolderDestination:
    """The versions below one folder."""

    def __init__(self, place: str, layout: Layout = Layout.WATCHED) -> None:
        self.folder = Path(os.path.abspath(local_path(place).expanduser()))
        self.place = str(self.folder)
        self.layout = layout

    def versions(self) -> list[int]:
        """The versions that are there, ascending."""
        if not self.folder.is_dir():
            return []
        return sorted(int(one.name) for one in self.folder.iterdir() if self.holds(one.name))

    def holds(self, version: str) -> bool:
        """Whether a version is there; in a folder that is watched, also one that others put there."""
        if not is_version(version) or not (self.folder / version).is_dir():
            return False
        return self.layout is Layout.WATCHED or (self.folder / self.layout.record(int(version))).is_file()

    def push(self, source: Path, model_uri: str, versioning: str) -> Pushed:
        """The version under which the files of `source` lie here.

        What a killed push left behind is removed. Raises `DestinationBusy`, `DestinationNotFolder`, `StorageFull` and
        `StorageUnwritable`; then no new version is there.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise DestinationNotFolder(self.folder)
        with storage_faults(self.folder), self._locked():
            self._remove_partials()
            digest = digest_tree(source)
            version = self._version_of(digest)
            is_new = version is None
            if version is None:
                version = self._next_version(versioning)
                self._write(source, version, record_text(version, digest, model_uri))
            return Pushed(version, is_new, str(self.folder / str(version)), digest)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with writing(self.folder):
            (self.folder / RECORDS).mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / RECORDS / "push.lock", timeout=LOCK_SECONDS):
                yield
        except Timeout as error:
            raise DestinationBusy(self.folder) from error

    def _remove_partials(self) -> None:
        """Nobody else writes while the lock is held, so these are of pushes that were killed."""
        for path in self.folder.glob(f"{PARTIAL}*"):
            shutil.rmtree(path, ignore_errors=True)

    def _version_of(self, digest: str) -> int | None:
        """The newest version with this content; versions that others put there are looked at once."""
        for version in reversed(self.versions()):
            folder = self.folder / self.layout.content(version)
            recorded = self._recorded_digest(version)
            if recorded is None:
                recorded = digest_tree(folder)
                write_text(self.folder / ledger_entry(version), record_text(version, recorded, ""))
            if recorded == digest and digest_tree(folder) == digest:
                return version
        return None

    def _next_version(self, versioning: str) -> int:
        """Above every version that is there or ever was."""
        recorded = [int(path.stem) for path in (self.folder / RECORDS).glob("*.json") if is_version(path.stem)]
        following = max([0, *self.versions(), *recorded]) + 1
        return max(following, int(time.time())) if versioning == "timestamp" else following

    def _write(self, source: Path, version: int, record: str) -> None:
        final = self.folder / str(version)
        partial = partial_sibling(final)
        try:
            if self.layout is Layout.BASE_PATH:
                partial.mkdir()
                write_text(partial / ledger_entry(version), record)
                _copy(source, partial / str(version))
            else:
                _copy(source, partial)
            partial.rename(final)
            _flush(self.folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        write_text(self.folder / ledger_entry(version), record)

    def _recorded_digest(self, version: int) -> str | None:
        try:
            return recorded_digest((self.folder / self.layout.record(version)).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None


def _copy(source: Path, target: Path) -> None:
    """Copy a tree through to the disk; the first error is raised as it is."""
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.is_dir():
            _copy(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)
            _flush(target / path.name)
    _flush(target)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
