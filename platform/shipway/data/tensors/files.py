"""Which files a module file's patterns mean, and what is in them."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from shipway.data.tensors.errors import MixedPayloads, NoFiles


def match_files(patterns: Sequence[str] | str) -> list[Path]:
    """The files that any of the patterns matches, by name, each once; hidden ones are still being written.

    Raises `NoFiles`.
    """
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    matched = {Path(name) for pattern in wanted for name in glob.glob(str(pattern))}
    files = sorted(path for path in matched if path.is_file() and not path.name.startswith((".", "_")))
    if not files:
        raise NoFiles([str(pattern) for pattern in wanted])
    return files


def is_parquet(files: Sequence[Path]) -> bool:
    """Whether the files are Parquet, else they are TFRecords; raises `MixedPayloads`."""
    kinds = {path.suffix == ".parquet" for path in files}
    if len(kinds) > 1:
        raise MixedPayloads([str(path) for path in files])
    return kinds == {True}
