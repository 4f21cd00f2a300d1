"""Logs of any size, part by part: no more of a file is in memory than what is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shipway.dashboards.runs.texts import log_text
from shipway.runner.home import Home

PART = 64 * 1024
"""Bytes of a log on one page."""


@dataclass(frozen=True)
class LogPart:
    """The bytes from `begin` to `end` of a log of `size` bytes, as text."""

    begin: int
    end: int
    size: int
    text: str

    @property
    def is_last(self) -> bool:
        return self.end >= self.size


def find_log(home: Home, run_id: str, task: str) -> Path | None:
    """The log of a task, None where there is none; it lies in the run's folder of logs itself, whatever names say."""
    path = home.log_file(run_id, task)
    inside = path.parent.parent == home.logs and path.parent.name == run_id and path.name == f"{task}.log"
    if not inside or "\0" in run_id + task or ".." in (run_id, task) or run_id in ("", "."):
        return None
    try:
        return path if path.is_file() else None
    except OSError:  # a name that is too long for a file
        return None


def logs_of(home: Home, run_id: str) -> set[str]:
    """The tasks of a run that have a log."""
    folder = home.logs / run_id
    if folder.parent != home.logs or run_id in ("", ".", ".."):
        return set()
    try:
        with os.scandir(folder) as entries:
            return {entry.name.removesuffix(".log") for entry in entries if entry.name.endswith(".log")}
    except (OSError, ValueError):
        return set()


def part_before(path: Path, end: int | None = None, length: int = PART) -> LogPart:
    """The part that ends at `end`, or at the end of the file; it begins with a line, unless one fills it alone.

    Raises OSError.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        end = size if end is None else max(0, min(end, size))
        begin = max(0, end - length)
        file.seek(begin)
        content = file.read(end - begin)
    if begin:
        skipped = _to_a_line(content)
        begin, content = begin + skipped, content[skipped:]
    return LogPart(begin, end, size, log_text(content))


def part_after(path: Path, begin: int, length: int = PART) -> LogPart:
    """The part that begins at `begin`; it ends with a line, or with the file where that ends without one.

    Raises OSError.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        begin = max(0, min(begin, size))
        file.seek(begin)
        content = file.read(length)
    if begin + len(content) < size:
        content = content[: content.rfind(b"\n") + 1] or content[: _whole_characters(content)]
    return LogPart(begin, begin + len(content), size, log_text(content))


def whole(path: Path) -> Iterator[bytes]:
    """All that a log holds now, piece by piece; what is added meanwhile is left out. Raises OSError."""
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (piece := file.read(min(PART, left))):
            left -= len(piece)
            yield piece


def _to_a_line(content: bytes) -> int:
    """How many bytes belong to a line that began earlier; where that is all, to a character that did."""
    line = content.find(b"\n") + 1
    if 0 < line < len(content):
        return line
    return next((place for place, byte in enumerate(content[:4]) if byte & 0xC0 != 0x80), 0)


def _whole_characters(content: bytes) -> int:
    """The length of `content` without a character whose end is missing."""
    for back in range(1, min(4, len(content)) + 1):
        byte = content[-back]
        if byte & 0xC0 != 0x80:
            needed = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
            return len(content) - back if needed > back else len(content)
    return len(content)
