"""One writer at a time over all processes on a home.

SQLite alone would let writers collide and fail one of them after a wait; behind this lock they queue. It is `flock`,
which the kernel lets go when its holder dies, and plain `fcntl`: `import filelock` costs 0.03 s, mostly asyncio.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.artifacts.publish import storage_faults
from shipway.lineage.faults import BusyStore

SHORTEST_WAIT = 0.0005
LONGEST_WAIT = 0.02


def lock_file(store: Path) -> Path:
    """The lock file of a store in a file: whoever writes the store holds it."""
    return store.with_name(store.name + ".lock")


@contextmanager
def exclusive_file(path: Path, timeout: float = 60.0) -> Iterator[None]:
    """Hold the lock file `path`, made when it is missing. `BusyStore` after `timeout` seconds.

    It is opened anew each time: a descriptor that crossed a fork would share its parent's lock.
    """
    with storage_faults(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _acquire(descriptor, path, timeout)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    wait = SHORTEST_WAIT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise BusyStore(path.with_suffix(""), timeout) from None
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
