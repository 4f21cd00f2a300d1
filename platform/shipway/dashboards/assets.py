"""Static files, all in memory: each has the digest of its content in its address, so browsers may keep it for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static"
PREFIX = "/static/"
DIGITS = 12
NOT_SERVED = frozenset({"", ".md", ".txt"})
"""Suffixes of what lies beside the files for those who read the source: licences, notes."""


@dataclass(frozen=True)
class Asset:
    """One file, as it is and compressed."""

    content: bytes
    compressed: bytes
    media_type: str
    digest: str


class Assets:
    """The static files by their names, which are paths under `static/`."""

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = dict(files)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Assets:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in NOT_SERVED]
        return cls({path.relative_to(folder).as_posix(): _read(path) for path in paths})

    def address(self, name: str) -> str:
        """The address of a file for a page; `KeyError` for one that is not there."""
        return f"{PREFIX}{self._files[name].digest}/{name}"

    def find(self, name: str) -> Asset | None:
        return self._files.get(name)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        content=content,
        compressed=gzip.compress(content, mtime=0),
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        digest=hashlib.sha256(content).hexdigest()[:DIGITS],
    )
