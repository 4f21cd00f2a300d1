"""How many bytes an artifact holds."""

from __future__ import annotations

import os
from pathlib import Path


def size_of(path: Path) -> int:
    """The bytes of the files below `path`; 0 where there is nothing."""
    if path.is_file():
        return path.stat().st_size
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(file.lstat().st_size for file in files)
