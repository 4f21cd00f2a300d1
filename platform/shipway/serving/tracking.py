"""The tracking id that goes through a request's answer, its logs and its traces."""

from __future__ import annotations

TRACKING_HEADER = "x-tracking-id"
TRACKING = TRACKING_HEADER.encode()
LONGEST = 256


def as_tracking_id(text: object) -> str:
    """A caller's id as it may go back in a header: printable ASCII of a sane length, or nothing."""
    if type(text) is str and len(text) <= LONGEST and text.isascii() and text.isprintable():
        return text.strip()
    return ""
