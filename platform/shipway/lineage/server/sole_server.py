"""One server for one file: two would not know of each other's turns and of the calls that each has made."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.artifacts.publish import storage_faults
from shipway.errors import EnvironmentFault


class AlreadyServed(EnvironmentFault):
    """Another server has the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The metadata store {str(path)!r} is served by another 'shipway metadata serve': stop that one first, or "
            "name another store with --database."
        )


@contextmanager
def sole_server(path: Path) -> Iterator[None]:
    """Be the one server of the store at `path`, until the block or the process ends; raises `AlreadyServed`.

    Processes that write the store without a server take turns by another lock, `<store>.lock`, and are not kept out.
    """
    lock_path = path.with_name(path.name + ".server.lock")
    with storage_faults(lock_path):
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(path) from None
        yield
    finally:
        os.close(descriptor)
