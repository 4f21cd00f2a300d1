"""What traffic rules did that the metrics of requests do not show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shipway.serving.observing.reading import Reading


class TrafficCounts:
    """Kept over changes of the configuration.

    Attributes:
        fallbacks: requests that their arm could not answer, by model, arm and reason.
        shadowed: requests chosen for a shadow, by model, shadow and what became of them.
    """

    def __init__(self) -> None:
        self.fallbacks: Counter[tuple[str, str, str]] = Counter()
        self.shadowed: Counter[tuple[str, str, str]] = Counter()

    def readings(self) -> Iterator[Reading]:
        for (model, arm, reason), count in self.fallbacks.items():
            yield Reading(
                "shipway_serving_traffic_fallbacks",
                "Requests that another arm answered, because their own was unavailable or has another signature.",
                "counter",
                {"model": model, "arm": arm, "reason": reason},
                count,
            )
        for (model, shadow, outcome), count in self.shadowed.items():
            yield Reading(
                "shipway_serving_shadow_requests",
                "Requests that were chosen for a shadow, by what became of them there.",
                "counter",
                {"model": model, "shadow": shadow, "outcome": outcome},
                count,
            )
