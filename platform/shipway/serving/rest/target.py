"""What a path names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """The model that a path names, and the version or label, if any."""

    model: str = ""
    version: int | None = None
    label: str | None = None
