"""How many rows each split of Examples has, as an ExampleGen writes it into the artifact's metadata."""

from __future__ import annotations

import json
from typing import Any

SPLIT_ROWS = "split_rows"
"""What only an ExampleGen says of its Examples: a Transform's have spans too."""


def recorded_rows(text: Any) -> dict[str, int]:
    """Rows by split, of the JSON under `SPLIT_ROWS`; whatever is no count is left out."""
    try:
        value = json.loads(str(text))
    except ValueError:
        return {}
    rows = value if isinstance(value, dict) else {}
    return {split: number for split, number in rows.items() if isinstance(number, int)}
