"""The tracking id that goes through a request's answer, its logs and its traces."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable

TRACKING_HEADER = "x-tracking-id"
TRACKING = TRACKING_HEADER.encode()
LONGEST = 256


def as_tracking_id(text: object) -> str:
    """A caller's id as it may go back in a header: printable ASCII of a sane length, or nothing."""
    if type(text) is str and len(text) <= LONGEST and text.isascii() and text.isprintable():
        return text.strip()
    return ""


def tracking_ids() -> Callable[[], str]:
    """Makes ids that no other process makes: 64 random bits, and a number."""
    prefix = secrets.token_hex(8)
    numbers = itertools.count()
    return lambda: f"{prefix}{next(numbers):08x}"


new_tracking_id = tracking_ids()
"""An id for a request that brings none; the same source for all transports of a process."""
