"""A model's traffic over time, as lines and as a table: out of what the dashboards remember, or out of Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.drawing.lines import LINES, Line, LineChart, Point, line_chart
from shipway.dashboards.pages.serving.words import NOTHING, milliseconds, rate
from shipway.dashboards.rendering import utc
from shipway.dashboards.serving.counts import REQUESTS, Series
from shipway.dashboards.serving.fleet import Fleet
from shipway.dashboards.serving.history import Window, by_time, window
from shipway.dashboards.serving.prometheus import Past
from shipway.dashboards.serving.traffic import OK, merged, traffic_of

POINTS = 30
LONG_SECONDS = 1.5 * 86400
QUANTILES = (("p50", 0.5), ("p99", 0.99))
NO_VERSION = "reached no version"

Values = Mapping[float, float]
"""By time, seconds since 1970."""


@dataclass(frozen=True)
class Curve:
    """One chart, and its numbers as a table: `rows` have a time in milliseconds since 1970 and a text for each name."""

    title: str
    chart: LineChart | None
    names: Sequence[str]
    rows: Sequence[tuple[float, Sequence[str]]]
    left_out: int = 0
    """Lines with less in them, for which there was no room."""

    @property
    def headings(self) -> list[str]:
        """Of the columns of numbers, as the macro for tables has them."""
        return [f"#{name[:60]}" for name in self.names]


@dataclass(frozen=True)
class Curves:
    """The three charts of a model; each point stands for the `step` seconds before it."""

    requests: Curve
    errors: Curve
    latency: Curve
    step: float


def curves_of_fleet(fleet: Fleet, model: str, seconds: float) -> Curves:
    """The last `seconds`, as far as anybody looked."""
    step = seconds / POINTS
    end = time.time()
    edges = [end - seconds + step * number for number in range(POINTS + 1)]
    histories = [by_time(one.history.since(edges[0]), edges) for one in fleet.watches]
    requests: dict[str, dict[float, float]] = {}
    errors: dict[str, dict[float, float]] = {}
    latency: dict[str, dict[float, float]] = {name: {} for name, _ in QUANTILES}
    places = []
    for place in range(POINTS):
        windows = [found for history in histories if (found := window(history[place])).seconds]
        if not windows:
            continue
        at = edges[place + 1]
        places.append(at)
        for counted in windows:
            _add_rates(counted, model, at, requests, errors)
        together = merged(traffic_of(counted, lambda key: key.model == model) for counted in windows)
        for name, share in QUANTILES:
            value = together.latency.quantile(share)
            if value is not None:
                latency[name][at] = value
    return _curves(_with_zeros(requests, places), _with_zeros(errors, places), latency, edges[1:], step)


def curves_of_past(past: Past) -> Curves:
    """What Prometheus remembers."""
    requests = {arm_name(one.labels.get("version", ""), one.labels.get("arm", "")): dict(one.values)
                for one in past.requests}  # fmt: skip
    errors = {one.labels.get("code", ""): dict(one.values) for one in past.errors}
    latency = {one.labels["quantile"]: dict(one.values) for one in past.latencies}
    places = sorted({at for values in (*requests.values(), *latency.values()) for at in values})
    return _curves(requests, errors, latency, places, past.step)


def arm_name(version: str, arm: str) -> str:
    """What a line is called: the arm and who answered."""
    if not version:
        return NO_VERSION
    return f"{arm}: version {version}" if arm else f"version {version}"


def _add_rates(
    counted: Window,
    model: str,
    at: float,
    requests: dict[str, dict[float, float]],
    errors: dict[str, dict[float, float]],
) -> None:
    """Add one server's requests a second at one time."""
    for key, numbers in counted.series.items():
        if key.kind != REQUESTS or key.model != model:
            continue
        a_second = numbers[0] / counted.seconds
        _add(requests, _name(key), at, a_second)
        if key.detail != OK:
            _add(errors, key.detail or "unknown", at, a_second)


def _name(key: Series) -> str:
    return arm_name(key.version, key.arm)


def _add(lines: dict[str, dict[float, float]], name: str, at: float, value: float) -> None:
    values = lines.setdefault(name, {})
    values[at] = values.get(at, 0.0) + value


def _with_zeros(lines: Mapping[str, Values], places: Sequence[float]) -> dict[str, Values]:
    """Lines that are 0 where somebody looked and nothing was counted."""
    return {name: {at: values.get(at, 0.0) for at in places} for name, values in lines.items()}


def _curves(
    requests: Mapping[str, Values],
    errors: Mapping[str, Values],
    latency: Mapping[str, Values],
    places: Sequence[float],
    step: float,
) -> Curves:
    return Curves(
        _curve("Requests a second", requests, places, rate),
        _curve("Requests a second that were not answered", errors, places, rate),
        _curve("Latency", latency, places, milliseconds),
        step,
    )


def _curve(title: str, lines: Mapping[str, Values], places: Sequence[float], shown: Callable[[float], str]) -> Curve:
    """A chart of the lines with the most in them, and their numbers as a table, the newest first."""
    most = sorted(lines, key=lambda name: (-sum(lines[name].values()), name))
    names = sorted(name for name in most[:LINES] if lines[name])
    label = _label(places)
    drawn = [Line(name, [_point(name, at, lines[name].get(at), shown) for at in places]) for name in names]
    rows = [
        (at * 1000, [shown(value) if (value := lines[name].get(at)) is not None else NOTHING for name in names])
        for at in reversed(places)
        if any(at in lines[name] for name in names)
    ]
    chart = line_chart(drawn, x_label=label, y_label=shown, from_zero=True)
    return Curve(f"{title}: {names[0]}" if len(names) == 1 else title, chart, names, rows, max(0, len(lines) - LINES))


def _point(name: str, at: float, value: float | None, shown: Callable[[float], str]) -> Point | None:
    return None if value is None else Point(at, value, f"{name[:100]}, {utc(at * 1000)}: {shown(value)}")


def _label(places: Sequence[float]) -> Callable[[float], str]:
    """What stands at a time on an axis: the day, where there are several."""
    is_long = len(places) > 1 and places[-1] - places[0] > LONG_SECONDS
    return lambda at: time.strftime("%d %b" if is_long else "%H:%M", time.gmtime(at))
