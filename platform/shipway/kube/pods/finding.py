"""What a check has found; the verdict makes a sentence of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`says` goes on after the subject, and `way_out` after that: what to do, ending with a command."""

    reason: str
    says: str
    way_out: str
    is_final: bool
    since_ms: int = 0
    container: str = ""
