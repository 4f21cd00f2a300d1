"""Which runs go on: a run holds `flock` on its folder, or on a lock file in it, for as long as its process lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from shipway.runner.home import Home


def runs_going_on(home: Home) -> set[str]:
    """The ids of the runs that a living process works on."""
    if not home.runs.is_dir():
        return set()
    return {folder.name for folder in home.runs.iterdir() if folder.is_dir() and is_going_on(folder)}


def is_going_on(folder: Path) -> bool:
    """Whether a living process works on the run of that folder."""
    return any(_is_held(path) for path in (folder, *folder.glob("*lock")))


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
