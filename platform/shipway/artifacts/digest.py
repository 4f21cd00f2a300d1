"""Content digests: what makes two artifacts the same, wherever and whenever they were made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

BLOCK = 1 << 20


def digest_file(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            sha.update(block)
    return sha.hexdigest()


def digest_tree(root: Path) -> str:
    """The sha256 over the names and contents of every file below `root`; of a single file, over its contents.

    Empty folders and file modes do not count, so that a copy through an object store keeps its digest.
    """
    if root.is_file():
        return digest_file(root)
    files = sorted(_files_below(root))
    return digest_texts(f"{name}\0{digest_file(root / name)}" for name in files)


def digest_texts(texts: Iterable[str]) -> str:
    """The sha256 over texts in their order, none of which can run into the next."""
    sha = hashlib.sha256()
    for text in texts:
        data = text.encode()
        sha.update(b"%d:" % len(data))
        sha.update(data)
    return sha.hexdigest()


def _files_below(root: Path) -> Iterable[str]:
    for folder, _, names in os.walk(root):
        relative = os.path.relpath(folder, root)
        for name in names:
            yield os.path.normpath(os.path.join(relative, name))
