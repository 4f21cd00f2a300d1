"""Numbers as people read them: as many digits as matter, whatever their size, also those that are none."""

from __future__ import annotations

import math

EXACT_BELOW = 1e15
"""Doubles hold every whole number up to here."""
NONE = "\N{EN DASH}"


def number(value: float) -> str:
    """-1,234, 0.0712, 3.4e+38, NaN or ∞."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"
    size = abs(value)
    if size < EXACT_BELOW and value == int(value):
        return f"{int(value):,}"
    if 1000 <= size < EXACT_BELOW:
        return f"{value:,.1f}" if size < 100_000 else f"{value:,.0f}"
    return f"{value:.4g}"


def share(part: float, whole: float) -> str:
    """A part in percent; of nothing there is none. What is not quite 0 or 100 % does not look like it."""
    if not whole > 0 or not math.isfinite(whole) or not math.isfinite(part):
        return NONE
    percent = 100 * part / whole
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if 99.99 < percent < 100:
        return "> 99.99 %"
    return f"{percent:.4g} %" if percent >= 10 else f"{percent:.3g} %"
