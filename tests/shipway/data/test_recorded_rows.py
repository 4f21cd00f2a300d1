"""Rows by split out of an artifact's metadata, whatever stands there."""

import pytest

from shipway.data.recorded_rows import recorded_rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"train": 20, "eval": 10}', {"train": 20, "eval": 10}),
        ("", {}),
        ("[1]", {}),
        ('{"train": "many"}', {}),
        (7, {}),
    ],
)
def test_rows_by_split(text, rows):
    assert recorded_rows(text) == rows
