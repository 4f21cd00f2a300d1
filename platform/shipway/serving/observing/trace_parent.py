"""W3C's `traceparent` header: which trace a request belongs to, and whether it is recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1


@dataclass(frozen=True)
class TraceParent:
    """The span that a request comes from."""

    trace_id: int
    span_id: int
    is_sampled: bool


def parse_trace_parent(text: str) -> TraceParent | None:
    """The parent that a header names; None for one that is not valid, which is to be ignored."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return TraceParent(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & _SAMPLED))
