"""What lies at a URI, and bringing it here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from shipway.artifacts.digest import digest_texts
from shipway.artifacts.object_store.faults import LIST, READ, NoSuchBucket, NothingThere, UnsafeName, store_faults
from shipway.artifacts.object_store.location import FILE, Location
from shipway.artifacts.object_store.opening import client_of
from shipway.artifacts.publish import discard, partial_sibling, publish, storage_faults

AT_ONCE = 8
BLOCK = 8 << 20


@dataclass(frozen=True)
class Entry:
    """A file: `name` is its path below the URI that was listed, "" for the object of that very name.

    `modified` is in seconds since the epoch; two with the same name and size are equal.
    """

    name: str
    size: int
    modified: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Child:
    """What lies directly below a URI; `modified` in seconds since the epoch, 0 for a folder of a bucket."""

    name: str
    is_folder: bool
    modified: float = 0.0


def exists(uri: str) -> bool:
    """Whether an object lies at a URI or below it. Raises an `ObjectStoreFault`."""
    return bool(listing(uri))


def listing(uri: str) -> list[Entry]:
    """The files at a URI, by name; none where nothing lies. Raises an `ObjectStoreFault`, `NoSuchBucket` too."""
    place = Location.parse(uri)
    client = client_of(place)
    with store_faults(place, LIST):
        entries = _below(client, place) or _itself(client, place)
        if not entries and place.scheme != FILE:
            _require_bucket(client, place)
    return entries


def children(uri: str) -> list[Child]:
    """What lies directly below a URI, by name; none where nothing lies. Raises `ObjectStoreFault`s."""
    from pyarrow import fs

    place = Location.parse(uri)
    client = client_of(place)
    with store_faults(place, LIST):
        found = client.get_file_info(fs.FileSelector(place.path, recursive=False, allow_not_found=True))
    listed = [Child(one.base_name, one.type == fs.FileType.Directory, _modified(one)) for one in found]
    return sorted(listed, key=lambda one: one.name)


def read(uri: str, at_most: int) -> bytes:
    """The first `at_most` bytes of an object. Raises `NothingThere` and `ObjectStoreFault`s."""
    place = Location.parse(uri)
    client = client_of(place)
    with store_faults(place, READ), client.open_input_stream(place.path) as stream:
        return bytes(stream.read(at_most))


def digest_at(uri: str) -> str:
    """What `digest_tree` gives of the files at a URI, which are read and not kept.

    Raises `NothingThere` and `ObjectStoreFault`s.
    """
    place = Location.parse(uri)
    entries = listing(uri)
    if not entries:
        raise NothingThere(place)
    client = client_of(place)
    if not entries[0].name:
        return _digest_of(client, place)
    return digest_texts(f"{entry.name}\0{_digest_of(client, place / entry.name)}" for entry in entries)


def fetch(uri: str, target: Path, wanted: Callable[[Entry], bool] = lambda entry: True) -> None:
    """Bring what lies at a URI to `target`, whole or not at all: a file, or a folder of those that are `wanted`.

    Raises `NothingThere`, `UnsafeName`, `ObjectStoreFault`s, and `StorageFull` or `StorageUnwritable` for `target`.
    """
    place = Location.parse(uri)
    entries = [entry for entry in listing(uri) if wanted(entry)]
    if not entries:
        raise NothingThere(place)
    partial_target = partial_sibling(target)
    try:
        with storage_faults(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            _fetch_all(place, entries, partial_target)
            publish(partial_target, target)
    finally:
        discard(partial_target)


def in_parallel(jobs: Sequence[Callable[[], None]]) -> None:
    """Run jobs side by side; when one fails, those that have not begun are left, and its error is raised."""
    with ThreadPoolExecutor(min(AT_ONCE, len(jobs) or 1)) as pool:
        running = [pool.submit(job) for job in jobs]
        try:
            for one in running:
                one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _modified(info: Any) -> float:
    return info.mtime_ns / 1e9 if info.mtime_ns else 0.0


def _below(client: Any, place: Location) -> list[Entry]:
    from pyarrow import fs

    found = client.get_file_info(fs.FileSelector(place.path, recursive=True, allow_not_found=True))
    files = (
        Entry(one.path[len(place.path) + 1 :], one.size, _modified(one))
        for one in found
        if one.type == fs.FileType.File
    )
    return sorted((entry for entry in files if entry.name), key=lambda entry: entry.name)


def _itself(client: Any, place: Location) -> list[Entry]:
    from pyarrow import fs

    if place.path == place.bucket:
        return []
    found = client.get_file_info(place.path)
    return [Entry("", found.size, _modified(found))] if found.type == fs.FileType.File else []


def _require_bucket(client: Any, place: Location) -> None:
    from pyarrow import fs

    if client.get_file_info(place.bucket).type == fs.FileType.NotFound:
        raise NoSuchBucket(place)


def _fetch_all(place: Location, entries: Sequence[Entry], target: Path) -> None:
    client = client_of(place)
    jobs = []
    for entry in entries:
        parts = PurePosixPath(entry.name).parts
        if entry.name and (not parts or ".." in parts or parts[0] == "/" or "\0" in entry.name):
            raise UnsafeName(place, entry.name)
        source = place / entry.name if entry.name else place
        jobs.append(partial(_fetch_one, client, source, target / entry.name if entry.name else target))
    in_parallel(jobs)


def _digest_of(client: Any, source: Location) -> str:
    sha = hashlib.sha256()
    with store_faults(source, READ), client.open_input_stream(source.path) as stream:
        while block := stream.read(BLOCK):
            sha.update(block)
    return sha.hexdigest()


def _fetch_one(client: Any, source: Location, target: Path) -> None:
    with storage_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("wb")
    with file, store_faults(source, READ), client.open_input_stream(source.path) as stream:
        while block := stream.read(BLOCK):
            with storage_faults(target):
                file.write(block)
