"""How much a model is asked, how often that fails, and how long it takes: numbers for people out of counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shipway.dashboards.serving.counts import REQUESTS, ROWS, SECONDS, STAGE, Bounds, Numbers, Series, added
from shipway.dashboards.serving.history import Window

OK = "OK"
SERVER_FAULTS = frozenset({"DEADLINE_EXCEEDED", "INTERNAL", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "UNKNOWN"})
"""Codes that say something about the server; what callers did wrong is counted and is no error of the model's."""

STAGES = ("decode", "queue", "run", "encode")


@dataclass(frozen=True)
class Distribution:
    """A histogram: `counts` by bucket, one more than `bounds`, and the `total` of all values."""

    bounds: Bounds = ()
    counts: Numbers = ()
    total: float = 0.0

    @property
    def count(self) -> float:
        return float(sum(self.counts))

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """The value below which this share lies, as Prometheus' histogram_quantile guesses it; None without values.

        In the last bucket, which has no end, it is the bound where that one begins.
        """
        wanted, below = float(self.count * share), 0.0
        if not self.count or not self.bounds:
            return None
        for place, number in enumerate(self.counts[:-1]):
            if number and below + number >= wanted:
                low = self.bounds[place - 1] if place else 0.0
                return low + (self.bounds[place] - low) * (wanted - below) / number
            below += number
        return self.bounds[-1]


@dataclass(frozen=True)
class Traffic:
    """Requests within so many seconds, of one version or of many."""

    seconds: float = 0.0
    codes: Mapping[str, float] = field(default_factory=dict)
    latency: Distribution = field(default_factory=Distribution)

    @property
    def requests(self) -> float:
        return sum(self.codes.values())

    @property
    def rate(self) -> float | None:
        """Requests a second; None where nobody has looked long enough to know."""
        return self.requests / self.seconds if self.seconds else None

    @property
    def errors(self) -> float:
        return sum(number for code, number in self.codes.items() if code in SERVER_FAULTS)

    @property
    def error_share(self) -> float | None:
        return self.errors / self.requests if self.requests else None


def traffic_of(window: Window, chosen: Callable[[Series], bool]) -> Traffic:
    """The traffic of the series that are chosen, whatever their kinds."""
    codes: dict[str, float] = {}
    for key, numbers in window.series.items():
        if key.kind == REQUESTS and chosen(key):
            codes[key.detail] = codes.get(key.detail, 0.0) + numbers[0]
    return Traffic(window.seconds, codes, distribution(window, SECONDS, chosen))


def distribution(window: Window, kind: str, chosen: Callable[[Series], bool]) -> Distribution:
    """The histograms of a kind that are chosen, added up."""
    numbers: Numbers = ()
    for key, found in window.series.items():
        if key.kind == kind and chosen(key):
            numbers = added(numbers, found) if numbers else found
    return Distribution(window.bounds.get(kind, ()), numbers[:-1], numbers[-1]) if numbers else Distribution()


def merged(parts: Iterable[Traffic]) -> Traffic:
    """The traffic of several servers over the same time."""
    codes: dict[str, float] = {}
    latency = Distribution()
    seconds = 0.0
    for part in parts:
        for code, number in part.codes.items():
            codes[code] = codes.get(code, 0.0) + number
        latency = joined(latency, part.latency)
        seconds = max(seconds, part.seconds)
    return Traffic(seconds, codes, latency)


def joined(one: Distribution, other: Distribution) -> Distribution:
    """Both together; of other buckets, the one with more in it."""
    if one.bounds == other.bounds:
        return Distribution(one.bounds, added(one.counts, other.counts), one.total + other.total)
    return max(one, other, key=lambda distribution: distribution.count)


def stages(windows: Iterable[Window], model: str) -> list[tuple[str, Distribution]]:
    """How long each stage of a model's requests took, in the order in which they come."""
    found = list(windows)

    def one(stage: str) -> Distribution:
        return together(found, STAGE, lambda key: key.model == model and key.detail == stage)

    return [(name, one(name)) for name in STAGES]


def batch_rows(windows: Iterable[Window], model: str) -> Distribution:
    """Rows of a model's batches."""
    return together(windows, ROWS, lambda key: key.model == model)


def together(windows: Iterable[Window], kind: str, chosen: Callable[[Series], bool]) -> Distribution:
    """The chosen histograms of several servers."""
    found = Distribution()
    for window in windows:
        found = joined(found, distribution(window, kind, chosen))
    return found
