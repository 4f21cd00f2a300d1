"""The digests of steps' code, remembered from run to run.

Finding all the files that a step runs on means reading them; that takes a tenth of a second for a pipeline. Whether any
of them has changed shows in their times and sizes, and in the times of the folders they lie in, which takes none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.artifacts import write_text
from shipway.runner.runs_on import distributions_of
from shipway.step.source import source_closure, source_digest

Signature = list[int]


@dataclass(frozen=True)
class Code:
    """What a source file is, with all it imports: its digest, and the distributions that it runs on."""

    digest: str
    runs_on: tuple[str, ...]


class CodeDigests:
    """Digests of source files, kept in `file`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)
        self._changed = False

    def of(self, source: Path) -> Code:
        """The code of `source` and of every file of the same project that it imports."""
        path = str(source.resolve())
        entry = self._known.get(path)
        if entry is None or any(_signature(name) != signature for name, signature in entry["signatures"].items()):
            entry = self._known[path] = _examine(Path(path))
            self._changed = True
        return Code(entry["digest"], tuple(entry["runs_on"]))

    def save(self) -> None:
        """Keep what was found out for the next run."""
        if self._changed:
            write_text(self._file, json.dumps(self._known))
            self._changed = False


def _examine(source: Path) -> dict[str, Any]:
    """Signatures are taken first: a file that is written meanwhile then counts as changed the next time."""
    files = source_closure(source)
    names = {str(file) for file in files} | {str(file.parent) for file in files}
    signatures = {name: _signature(name) for name in sorted(names)}
    return {"signatures": signatures, "digest": source_digest(source), "runs_on": distributions_of(files)}


def _signature(name: str) -> Signature:
    try:
        status = os.stat(name)
    except OSError:
        return []
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def _read(file: Path) -> dict[str, Mapping[str, Any]]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {name: entry for name, entry in known.items() if _is_whole(entry)}


def _is_whole(entry: Any) -> bool:
    """Whether an entry has what `_examine` gives: the file may be damaged, or of another release."""
    return isinstance(entry, dict) and isinstance(entry.get("signatures"), dict) and {"digest", "runs_on"} <= set(entry)
