"""Which versions lie below a model's base path.

A version is a folder whose name is a number. A base path that holds none but is a model itself is one version: its own
name, or 1. What else lies there (`.shipway`, files, a copy under a temporary name) is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from shipway.errors import InputError

LARGEST_VERSION = 2**63 - 1


class NoBasePath(InputError):
    """The base path cannot be read, which says nothing about versions: what is served stays."""

    def __init__(self, base_path: Path, reason: str) -> None:
        super().__init__(
            f"Could not find base path {str(base_path)!r} ({reason}): put a folder with versions there, it is looked "
            "for again."
        )


def find_versions(base_path: Path, is_model: Callable[[Path], bool]) -> dict[int, Path]:
    """The folders of the versions by number.

    Args:
        is_model: whether a folder is a model itself.

    Raises:
        NoBasePath: it is not there, or not readable.
    """
    found: dict[int, Path] = {}
    try:
        with os.scandir(base_path) as entries:
            for entry in entries:
                version = _version(entry.name)
                if version is not None and entry.is_dir() and _is_plainer(entry.name, found.get(version)):
                    found[version] = base_path / entry.name
    except OSError as error:
        raise NoBasePath(base_path, error.strerror or type(error).__name__) from error
    if not found and is_model(base_path):
        return {_version(base_path.name) or 1: base_path}
    return found


def _version(name: str) -> int | None:
    if not (name.isascii() and name.isdigit()):
        return None
    version = int(name)
    return version if version <= LARGEST_VERSION else None


def _is_plainer(name: str, other: Path | None) -> bool:
    """Of `7` and `007`, which are the same version, the shorter name counts whatever the order of the listing."""
    return other is None or len(name) < len(other.name)
