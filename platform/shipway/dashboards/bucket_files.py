"""What pages show of artifacts in buckets that are not mounted: lists from the store, and copies of small files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from shipway.artifacts import local_path
from shipway.artifacts.object_store import Copies, Entry, Location, NothingThere, digest_at, is_remote, listing, read
from shipway.artifacts.storage import UnknownScheme
from shipway.errors import ContractError, InputError
from shipway.settings.object_store import shown_buckets

DIGESTED_AT_MOST = 2 << 30


class BucketNotShown(ContractError):
    """A bucket that this server was not told to show."""


class TooLargeToDigest(InputError):
    """An artifact that nobody waits for."""

    def __init__(self, uri: str, size: int) -> None:
        super().__init__(f"{uri[:300]!r} has {size:,} bytes, too many to be read for a page.")


def in_bucket(uri: str) -> bool:
    """Whether files at a URI are asked of a store: a bucket that is mounted here is read as a folder."""
    if not is_remote(uri):
        return False
    try:
        place = Location.parse(uri)
        return not local_path(f"{place.scheme}://{place.bucket}").exists()
    except (ContractError, UnknownScheme, OSError, ValueError):
        return False


def copy_of(uri: str) -> Path | None:
    """The folder with what pages read of an artifact; None where nothing lies at its URI.

    Raises `BucketNotShown`, `ObjectStoreFault`s and other `EnvironmentFault`s, `UnsafeName`.
    """
    _require_shown(uri)
    try:
        return _copies().folder(uri).resolve()
    except NothingThere:
        return None


def listed(uri: str) -> list[Entry]:
    """The files of an artifact as the store lists them. Raises as `copy_of` does."""
    _require_shown(uri)
    return listing(uri)


def beginning(uri: str, name: str, at_most: int) -> bytes:
    """The first bytes of one of the files that are listed. Raises as `copy_of` does, and `NothingThere`."""
    _require_shown(uri)
    return read(f"{uri}/{name}" if name else uri, at_most)


def digest_in_bucket(uri: str) -> str:
    """The digest of the files as they are. Raises as `copy_of` does, `NothingThere` and `TooLargeToDigest`."""
    size = sum(entry.size for entry in listed(uri))
    if size > DIGESTED_AT_MOST:
        raise TooLargeToDigest(uri, size)
    return digest_at(uri)


@lru_cache(maxsize=1)
def _copies() -> Copies:
    return Copies.of_this_process()


def _require_shown(uri: str) -> None:
    if Location.parse(uri).bucket not in shown_buckets():
        raise BucketNotShown(uri)
