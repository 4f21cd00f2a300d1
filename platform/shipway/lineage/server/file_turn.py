"""The store's own lock file, waited for in the event loop; see `shipway.lineage.lock`, which waits in a thread."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

SHORTEST_WAIT = 0.001
LONGEST_WAIT = 0.02


@asynccontextmanager
async def file_turn(path: Path) -> AsyncIterator[None]:
    """Hold the lock file, as a process does that writes the same store without the service."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        wait = SHORTEST_WAIT
        while not _is_locked(descriptor):
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
