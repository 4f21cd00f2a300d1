"""Reading a log back."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest


def read_rows(folder: Path) -> list[dict]:
    """All rows that a reader of the folder sees."""
    return [row for path in sorted(folder.rglob("*.parquet")) for row in pq.ParquetFile(path).read().to_pylist()]


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Path], list[dict]]:
    return read_rows
