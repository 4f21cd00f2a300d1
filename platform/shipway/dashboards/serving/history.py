"""What was counted from look to look, for as long as charts go back; in memory, and bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shipway.dashboards.serving.counts import Bounds, Counts, Numbers, Series, added, difference

HOUR = 3600.0
KEPT_SECONDS = HOUR
MOST_TICKS = 720
MOST_SERIES_A_TICK = 300
"""Those that counted most are kept: an hour of a server that is so divided takes some 30 MB."""


@dataclass(frozen=True)
class Tick:
    """What was counted in the `seconds` before `at` (seconds since 1970); what stood still is not in it."""

    at: float
    seconds: float
    series: Mapping[Series, Numbers]
    bounds: Mapping[str, Bounds]


@dataclass(frozen=True)
class Window:
    """Ticks added up. `seconds` is how much time they cover: less than was asked for, where nobody looked."""

    seconds: float = 0.0
    series: Mapping[Series, Numbers] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)


class History:
    """The ticks of one server, noted by one thread and read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ticks: deque[Tick] = deque(maxlen=MOST_TICKS)
        self._last: tuple[float, Counts] | None = None

    def note(self, at: float, counts: Counts) -> None:
        """Take in what the server has counted until `at`; the first look only says where counting begins."""
        with self._lock:
            last, self._last = self._last, (at, counts)
            if last is None or at <= last[0]:
                return
            counted = difference(last[1], counts)
            if len(counted) > MOST_SERIES_A_TICK:
                most = sorted(counted, key=lambda key: -sum(counted[key]))[:MOST_SERIES_A_TICK]
                counted = {key: counted[key] for key in most}
            self._ticks.append(Tick(at, at - last[0], counted, counts.bounds))
            while self._ticks and self._ticks[0].at < at - KEPT_SECONDS:
                self._ticks.popleft()

    def since(self, at: float) -> list[Tick]:
        """The ticks that ended after `at`, the oldest first."""
        with self._lock:
            return [tick for tick in self._ticks if tick.at > at]


def window(ticks: Iterable[Tick]) -> Window:
    """The sum of ticks of one server."""
    seconds = 0.0
    series: dict[Series, Numbers] = {}
    bounds: Mapping[str, Bounds] = {}
    for tick in ticks:
        seconds += tick.seconds
        bounds = tick.bounds or bounds
        for key, numbers in tick.series.items():
            series[key] = added(series[key], numbers) if key in series else numbers
    return Window(seconds, series, bounds)


def by_time(ticks: Sequence[Tick], edges: Sequence[float]) -> list[list[Tick]]:
    """The ticks that ended between each two of `edges`, which ascend."""
    found: list[list[Tick]] = [[] for _ in edges[1:]]
    place = 0
    for tick in ticks:
        while place < len(found) and tick.at > edges[place + 1]:
            place += 1
        if place < len(found) and tick.at > edges[place]:
            found[place].append(tick)
    return found
