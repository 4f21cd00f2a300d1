"""One number that a part of the server shows, without the part knowing how numbers are published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Reading:
    """A counter or a gauge with its value now. Readings of one name have the same documentation, kind and labels."""

    name: str
    documentation: str
    kind: Literal["counter", "gauge"]
    labels: Mapping[str, str]
    value: float


class Source(Protocol):
    """A part of the server that has numbers to show."""

    def readings(self) -> Iterable[Reading]:
        """Its numbers now; called in the event loop, at each scrape."""
