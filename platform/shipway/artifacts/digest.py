"""Content digests: what makes two artifacts the same, wherever and whenever they were made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from shipway.errors import ContractError

BLOCK = 1 << 20


class NotAFile(ContractError):
    """Something in an artifact that has no content: reading a named pipe would wait for ever."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{str(path)!r} is a link to nothing, or neither a file nor a folder: an artifact holds files alone."
        )


def digest_file(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            sha.update(block)
    return sha.hexdigest()


def digest_tree(root: Path) -> str:
    """The sha256 over the names and contents of every file below `root`; of a single file, over its contents.

    Empty folders and file modes do not count, so that a copy through an object store keeps its digest. Raises
    `NotAFile`.
    """
    if root.is_file():
        return digest_file(root)
    files = sorted(_files_below(root))
    for name in files:
        if not (root / name).is_file():
            raise NotAFile(root / name)
    return digest_texts(f"{name}\0{digest_file(root / name)}" for name in files)


def digest_texts(texts: Iterable[str]) -> str:
    """The sha256 over texts in their order, none of which can run into the next."""
    sha = hashlib.sha256()
    for text in texts:
        data = text.encode(errors="surrogateescape")  # a file's name may be any bytes
        sha.update(b"%d:" % len(data))
        sha.update(data)
    return sha.hexdigest()


def _files_below(root: Path) -> Iterable[str]:
    for folder, _, names in os.walk(root):
        relative = os.path.relpath(folder, root)
        for name in names:
            yield os.path.normpath(os.path.join(relative, name))
