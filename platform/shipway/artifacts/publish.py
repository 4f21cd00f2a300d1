"""Writing so that a killed process leaves nothing that looks whole and is not: a temporary name, then a rename."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shipway.errors import EnvironmentFault

PARTIAL = ".partial-"


class StorageFull(EnvironmentFault):
    """The disk, or the quota on it, is used up."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"No space is left on the disk of {str(path)!r}: free some ('shipway gc' itself needs a megabyte) and run "
            "again."
        )


class StorageUnwritable(EnvironmentFault):
    """A folder that this user may not write to."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot write to {str(path)!r} ({reason}): choose another folder or change its permissions.")


def partial_sibling(path: Path) -> Path:
    """A name beside `path`, of this attempt alone, for what is being written."""
    return path.with_name(f"{PARTIAL}{path.name}-{uuid.uuid4().hex[:12]}")


def publish(partial: Path, final: Path) -> None:
    """Give what was written at `partial` its real name; an older thing of that name gives way."""
    if final.is_dir() and not final.is_symlink():
        stale = partial_sibling(final)
        final.rename(stale)
        partial.rename(final)
        shutil.rmtree(stale, ignore_errors=True)
    else:
        partial.replace(final)


def discard(path: Path) -> None:
    """Remove a file or a folder, as far as that can be done; nothing there is no fault."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a whole file or none of it, through to the disk; raises an `EnvironmentFault` where that cannot be."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = partial_sibling(path)
        try:
            with partial.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def storage_faults(path: Path) -> Iterator[None]:
    """Turn a full disk and a forbidden write to `path` into their sentences; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(path) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise StorageUnwritable(path, os.strerror(error.errno)) from error
        raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """`storage_faults` for what does nothing but write to `path`: whatever the system refuses, it is about that."""
    try:
        with storage_faults(path):
            yield
    except OSError as error:
        raise StorageUnwritable(path, os.strerror(error.errno or 0)) from error
