"""When a schedule fires: cron expressions, intervals and moments, checked before anything is sent.

Kubeflow Pipelines reads five fields with the seconds first and the day of the week left out, where everybody else means
minutes to day of the week: "0 6 * * *" would fire at the sixth minute of every hour. Five fields are sent as six.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from shipway.errors import UsageError

FIELDS = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")),
    ("day of the week", 0, 6, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")),
)
NAMED = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class BadCron(UsageError):
    """A cron expression that would never fire, or that the server does not take."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(
            f"--cron {text!r} is no cron expression ({problem}): write minute, hour, day, month and day of the week, "
            "such as '0 6 * * *' for six in the morning (UTC), with a field for seconds before them, or @daily."
        )


class BadInterval(UsageError):
    """An interval that is none."""

    def __init__(self, text: str) -> None:
        super().__init__(f"--interval {text!r} is no time from one second on: write 90s, 15m, 6h or 1d.")


class BadMoment(UsageError):
    """A moment that cannot be read."""

    def __init__(self, flag: str, text: str) -> None:
        super().__init__(
            f"--{flag} {text!r} is no moment: write 2027-03-01T06:00, with +01:00 or Z behind it for a time zone."
        )


def read_cron(text: str) -> str:
    """The expression with six fields, as the server takes it. Raises `BadCron`."""
    if text.startswith("@"):
        if text.lower() not in NAMED:
            raise BadCron(text, f"there are {', '.join(NAMED)}")
        return text.lower()
    fields = text.split()
    if len(fields) == len(FIELDS) - 1:
        fields.insert(0, "0")
    if len(fields) != len(FIELDS):
        raise BadCron(text, f"it has {len(fields)} {'field' if len(fields) == 1 else 'fields'}")
    for value, (name, least, most, words) in zip(fields, FIELDS, strict=True):
        for part in value.split(","):
            problem = _problem(part, least, most, words)
            if problem:
                raise BadCron(text, f"the {name} {value!r} {problem}")
    return " ".join(fields)


def read_interval(text: str) -> int:
    """Seconds of "90", "90s", "15m", "6h", "1d" or "1w". Raises `BadInterval`."""
    match = re.fullmatch(r"(\d{1,9})([smhdw]?)", text.strip())
    seconds = int(match[1]) * UNITS[match[2] or "s"] if match else 0
    if seconds < 1:
        raise BadInterval(text)
    return seconds


def read_moment(flag: str, text: str) -> datetime:
    """A moment with its time zone; one without is of this machine's. Raises `BadMoment`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadMoment(flag, text) from error
    return moment.astimezone(UTC)


def _problem(part: str, least: int, most: int, words: tuple[str, ...]) -> str:
    """What is wrong with one element of a field: `*`, `?`, a value or a range, and a step behind any of them."""
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return f"has the step {step!r}"
    if span in ("*", "?"):
        return ""
    ends = [_value(end, least, words) for end in span.split("-")]
    if len(ends) > 2 or None in ends:
        return "cannot be read"
    if any(not least <= int(end or 0) <= most for end in ends):
        return f"is not within {least} to {most}"
    return "ends before it begins" if int(ends[0] or 0) > int(ends[-1] or 0) else ""


def _value(text: str, least: int, words: tuple[str, ...]) -> int | None:
    if text.isdecimal():
        return int(text)
    return words.index(text.upper()) + least if text.upper() in words else None
