"""When a request is sent again: only where that can help, and spread out so that callers do not return all at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shipway.client.errors import BUSY


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how soon.

    The pause before the n-th retry is drawn from the upper half of `first_seconds` * 2^n, at most `longest_seconds`;
    where the server says how long to wait, it is at least that. A server that wants a longer wait than
    `longest_seconds` is not asked again.
    """

    retries: int = 3
    first_seconds: float = 0.1
    longest_seconds: float = 10.0
    draw: Callable[[], float] = field(default=random.random, repr=False)

    def pause(self, retry: int, status: int | None, retry_after: float | None = None) -> float | None:
        """Seconds to wait before retry number `retry`, counted from 0; None: do not try again.

        Args:
            retry: how many retries there were.
            status: of the answer, None for a connection that failed.
            retry_after: seconds that the server asks for.
        """
        if retry >= self.retries or (status is not None and status not in BUSY):
            return None
        if (retry_after or 0.0) > self.longest_seconds:
            return None
        own = min(self.first_seconds * 2.0**retry, self.longest_seconds)
        return (retry_after or 0.0) + own * (1 + self.draw()) / 2


def retry_after_seconds(header: str | None) -> float | None:
    """The seconds that a Retry-After header asks for: a number, or a moment; None for none that can be read."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
