"""The rows of the benchmark: 18 named features, one value each, made from the row's number alone.

Row i is the same in every process, so a client can tell from an answer whose answer it is. No library beyond the
standard one is imported: the opponents' environments and the load generators read this too.
"""

from __future__ import annotations

from typing import Any

FLOATS = (
    "trip_miles", "fare", "pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude", "tolls",
    "extras",
)  # fmt: skip
INTEGERS = ("row_id", "trip_seconds", "trip_start_month", "trip_start_day", "trip_start_hour", "pickup_area")
STRINGS = ("payment_type", "company", "weather", "rate_code")
NAMES = FLOATS + INTEGERS + STRINGS

VOCABULARY_SIZE = 64
UNKNOWN_EVERY = 67
"""A prime, so that strings that are in no vocabulary meet every other value of a row in the end."""

Row = dict[str, Any]
Value = float | int | str


def row(number: int) -> Row:
    """Row `number`: floats in [0, 1), integers (`row_id` is the number itself), and words of a vocabulary or not."""
    values: Row = {name: _fraction(number, place) for place, name in enumerate(FLOATS)}
    values |= {name: int(1000 * _fraction(number, place)) for place, name in enumerate(INTEGERS, start=len(FLOATS))}
    values |= {name: _word(number * (place + 3), number) for place, name in enumerate(STRINGS)}
    values["row_id"] = number
    return values


def rows(count: int, first: int = 0) -> list[Row]:
    """`count` rows from number `first` on."""
    return [row(number) for number in range(first, first + count)]


def vocabulary() -> list[str]:
    """Every word that the models' lookup tables know, in the order of their indices."""
    return [f"word-{index}" for index in range(VOCABULARY_SIZE)]


def _fraction(number: int, place: int) -> float:
    # Multiples of 1/1024 pass through JSON and float32 without rounding, so both sides compute from the same value.
    return ((number * 7919 + place * 104729) % 1021) / 1024


def _word(index: int, number: int) -> str:
    return f"unseen-{number}" if number % UNKNOWN_EVERY == 1 else f"word-{index % VOCABULARY_SIZE}"
