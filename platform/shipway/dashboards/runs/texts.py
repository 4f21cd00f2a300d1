"""Values as text that any page can hold, whatever somebody wrote into a journal, a parameter or a log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
"""ANSI: control sequences (colours, cursor), operating system commands (titles, links), strings, single escapes."""
CONTROL = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {0x7F: 0x2421}
"""Control characters become the pictures that Unicode has of them."""


LATEST = 2.5e11
"""Seconds since the epoch at the end of the year 9891: what calendars can still show."""


def plain(value: object) -> str:
    """Any value as text without lone surrogates, which no page can be encoded with."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def shown(value: Any) -> str:
    """A parameter's value: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return plain(value)
    return plain(json.dumps(value, ensure_ascii=False, default=str))


def decoded(text: object) -> Any:
    """What somebody's JSON says; None where it is none, or nested too deeply."""
    try:
        return json.loads(plain(text))
    except (ValueError, RecursionError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object, empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def moment(value: object) -> float:
    """Seconds, of a duration or since the epoch, out of somebody's JSON; 0 for what no clock shows."""
    if not isinstance(value, int | float) or not 0 <= value < LATEST:
        return 0.0
    return float(value)


def log_text(content: bytes) -> str:
    """What a terminal would show of these bytes, without colours.

    Of what a progress bar wrote over and over into one line, the last is left.
    """
    text = ESCAPES.sub("", content.decode("utf-8", "replace")).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(_overwritten(line) for line in text.split("\n"))
    return text.translate(CONTROL)


def _overwritten(line: str) -> str:
    return next((part for part in reversed(line.split("\r")) if part), "")
