"""A folder of numbered versions that a model server watches.

    <destination>/1700000000/saved_model.pb ...    versions, whole since the moment they appear
    <destination>/.shipway/1700000000.json         what a version is: the digest of its files, the model's URI
    <destination>/.shipway/push.lock               held while a version is being written

TensorFlow Serving, KServe and Triton look at numbered folders only.
"""

from __future__ import annotations

import json
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

VERSIONING = ("timestamp", "increment")
RECORDS = ".shipway"
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


class Destination:
    """The versions below one folder."""

    def __init__(self, place: str) -> None:
        self.folder = Path(os.path.abspath(local_path(place).expanduser()))

    def versions(self) -> list[int]:
        """The versions that are there, ascending."""
        if not self.folder.is_dir():
            return []
        return sorted(int(one.name) for one in self.folder.iterdir() if _is_version(one.name) and one.is_dir())

    def holds(self, version: str) -> bool:
        """Whether a version is there."""
        return _is_version(version) and (self.folder / version).is_dir()

    def push(self, source: Path, model_uri: str, versioning: str) -> tuple[int, bool]:
        """The version under which the files of `source` lie here, and whether it is new.

        What a killed push left behind is removed. Raises `DestinationBusy`, `DestinationNotFolder`, `StorageFull` and
        `StorageUnwritable`; then no new version is there.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise DestinationNotFolder(self.folder)
        with storage_faults(self.folder), self._locked():
            self._remove_partials()
            digest = digest_tree(source)
            version = self._version_of(digest)
            if version is not None:
                return version, False
            version = self._next_version(versioning)
            self._write(source, version)
            self._record(version, digest, model_uri)
            return version, True

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
            folder = self.folder / str(version)
            recorded = self._recorded_digest(version)
            if recorded is None:
                recorded = digest_tree(folder)
                self._record(version, recorded, "")
            if recorded == digest and digest_tree(folder) == digest:
                return version
        return None

    def _next_version(self, versioning: str) -> int:
        """Above every version that is there or ever was."""
        recorded = [int(path.stem) for path in (self.folder / RECORDS).glob("*.json") if _is_version(path.stem)]
        following = max([0, *self.versions(), *recorded]) + 1
        return max(following, int(time.time())) if versioning == "timestamp" else following

    def _write(self, source: Path, version: int) -> None:
        final = self.folder / str(version)
        partial = partial_sibling(final)
        try:
            _copy(source, partial)
            partial.rename(final)
            _flush(self.folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _record(self, version: int, digest: str, model_uri: str) -> None:
        facts = {"version": version, "digest": digest, "model": model_uri}
        write_text(self.folder / RECORDS / f"{version}.json", json.dumps(facts) + "\n")

    def _recorded_digest(self, version: int) -> str | None:
        try:
            return str(json.loads((self.folder / RECORDS / f"{version}.json").read_text(encoding="utf-8"))["digest"])
        except (FileNotFoundError, ValueError, KeyError):
            return None


def _is_version(name: str) -> bool:
    return name.isascii() and name.isdigit()


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
