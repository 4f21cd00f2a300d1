"""JSON that another server wrote: what is not of the form that it should have counts as not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipway.dashboards.runs.texts import plain

LONGEST_TEXT = 2000


def object_in(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_in(written: Mapping[str, Any], name: str) -> str:
    """The value under a name as text that any page can hold."""
    value = written.get(name)
    return "" if value is None else plain(value)[:LONGEST_TEXT]


def number_in(value: Any) -> float:
    """A number from 0 to a billion; 0 for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9 else 0.0
