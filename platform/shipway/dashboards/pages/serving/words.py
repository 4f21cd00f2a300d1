"""Numbers of serving as people read them."""

from __future__ import annotations

from shipway.dashboards.drawing.number_scale import short_number

NOTHING = "\N{EN DASH}"


def rate(a_second: float | None) -> str:
    """Requests a second: 0, 0.033, 12.4, 1,200."""
    if a_second is None:
        return NOTHING
    return short_number(round(a_second, 3 if a_second < 1 else 1))


def share(of_one: float | None) -> str:
    """A share of one in percent; what is neither nothing nor all never shows as 0 or 100."""
    if of_one is None:
        return NOTHING
    percent = of_one * 100
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if percent < 1:
        return f"{percent:.2g} %"
    if 99.99 < percent < 100:
        return "> 99.99 %"
    return f"{percent:.4g} %" if percent > 99.9 else f"{percent:.3g} %"


def milliseconds(seconds: float | None) -> str:
    """A latency with as many digits as matter: 0.42 ms, 7.1 ms, 120 ms, 2.5 s."""
    if seconds is None:
        return NOTHING
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def number(value: float | None) -> str:
    return NOTHING if value is None else short_number(value)


def count(value: float) -> str:
    """How many there are, whole."""
    return f"{value:,.0f}"
