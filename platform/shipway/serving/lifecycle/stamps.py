"""Whether the files of a version may have changed since the last look, without reading them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

Stamp = tuple[tuple[str, int, int, int, int], ...]
"""Of each file below a folder, in order: its name, inode, size, and the nanoseconds of its last changes.

The time of a change to the inode is among them because, unlike the time of a change to the contents, nobody can set it.
"""


def stamp_of(*paths: Path) -> Stamp:
    """The stamp of files and of everything below folders; what is not there has none."""
    return tuple(sorted(entry for path in paths for entry in _entries(path)))


def _entries(path: Path) -> Iterator[tuple[str, int, int, int, int]]:
    try:
        if path.is_dir():
            for folder, _, names in os.walk(path):
                for name in names:
                    yield _entry(os.path.join(folder, name))
        else:
            yield _entry(str(path))
    except OSError:  # it went while it was looked at: another stamp than when it is there
        return


def _entry(path: str) -> tuple[str, int, int, int, int]:
    found = os.stat(path)
    return path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
