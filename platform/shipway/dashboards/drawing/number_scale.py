"""Round numbers along an axis of plain numbers."""

from __future__ import annotations

import math

MANTISSAS = (1, 2, 5, 10)


def number_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from below `low` to above `high`, which are finite; at most `most` + 2, and at least two."""
    if not high > low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(mantissa * power for mantissa in MANTISSAS if mantissa * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, max(last, first + 1) + 1)]


def short_number(value: float) -> str:
    """A number as short as an axis needs it: 0.25, 1,200, 3.4M, 1.2e-05."""
    size = abs(value)
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if size >= unit:
            return f"{value / unit:.3g}{name}" if size < 1000 * unit else f"{value:.2g}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.4g}"
