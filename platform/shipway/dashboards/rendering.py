"""Templates: everything is escaped, and a name that a page forgot to pass is an error and not an empty place."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from jinja2 import Environment

    from shipway.dashboards.assets import Assets

FOLDER = Path(__file__).resolve().parent / "templates"

NAVIGATION = (
    ("Overview", "/"),
    ("Pipelines", "/pipelines"),
    ("Runs", "/runs"),
    ("Data", "/data"),
    ("Models", "/models"),
    ("Serving", "/serving"),
    ("Artifacts", "/artifacts"),
)

MINUTE, HOUR, DAY = 60, 3600, 86400


def make_environment(assets: Assets) -> Environment:
    """The environment of all templates; `assets` gives static files their addresses."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(utc=utc, iso=iso, ago=ago, seconds=seconds, size=size, part=part, count=count)
    environment.globals.update(static=assets.address, navigation=NAVIGATION)
    return environment


def utc(at_ms: float) -> str:
    """Milliseconds since the epoch as people read them: 21 Nov 2026 22:31:07 UTC."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%-d %b %Y %H:%M:%S} UTC"


def iso(at_ms: float) -> str:
    """Milliseconds since the epoch for `<time datetime>`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ago(at_ms: float) -> str:
    """How long ago something was, roughly: 3 min ago."""
    passed = time.time() - at_ms / 1000
    if passed < 0:
        return "just now"
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if passed >= unit:
            return f"{int(passed // unit)} {name} ago"
    return f"{int(passed)} s ago"


def seconds(duration: float | None) -> str:
    """A duration in seconds, with as many digits as matter: 0.04 s, 7.1 s, 3 min 20 s, 2 h 5 min."""
    if duration is None:
        return "\N{EN DASH}"
    if duration < 1:
        return f"{duration:.2f} s"
    if duration < MINUTE:
        return f"{duration:.1f} s"
    whole = round(duration)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def size(number: float) -> str:
    """A number of bytes: 512 B, 1.4 MB."""
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    power = 0
    while number >= 1000 and power < len(units) - 1:
        number, power = number / 1000, power + 1
    return f"{number:.0f} {units[power]}" if power == 0 or number >= 100 else f"{number:.1f} {units[power]}"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 run, 12,000 runs."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def part(text: object) -> str:
    """Any text as one part of a path: quoted, slashes too."""
    return quote(str(text), safe="")
