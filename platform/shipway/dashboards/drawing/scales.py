"""Round numbers along an axis."""

from __future__ import annotations

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)
DAY = 86400


def ticks(length: float, most: int = 8) -> list[float]:
    """Round numbers of seconds from 0 to `length`, at most `most` beside the 0."""
    step = next((one for one in STEPS if length / one <= most), 0.0)
    if not step:
        step = DAY
        while length / step > most:
            step *= 2
    return [round(number * step, 2) for number in range(int(length / step) + 1)]


def tick_label(seconds: float) -> str:
    """A tick's number with its unit, as short as it can be: 0, 0.5 s, 2 min, 3 h, 4 d."""
    for unit, name in ((DAY, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    if seconds > 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02} min"
    return f"{seconds:g} s" if seconds else "0"
