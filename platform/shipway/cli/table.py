"""Rows as aligned text: for a person to read, for `grep` and `awk` to take apart. The last column is never padded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

SHORT_DIGEST = 12


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows below their headers, two spaces between columns."""
    cells = [list(headers), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def local_time(milliseconds: int) -> str:
    """A moment in this machine's time zone, to the second."""
    return datetime.fromtimestamp(milliseconds / 1000).strftime("%Y-%m-%d %H:%M:%S")


def size_text(count: int) -> str:
    """Bytes in the unit a person would use."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
