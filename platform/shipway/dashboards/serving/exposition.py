"""Prometheus' text format, read for the few metrics that pages show.

The client library's parser takes some ten times as long, and holds the interpreter that pages are made with. What a
set of labels says is remembered: the next page of metrics has the same ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

QUOTED = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
LINE = re.compile(
    rf"^([a-zA-Z_:][\w:]*)(?:\{{([^\"}}\n]*(?:{QUOTED}[^\"}}\n]*)*)\}})?[ \t]+(\S+)", re.MULTILINE | re.ASCII
)
LABEL = re.compile(r'([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"', re.ASCII)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"n": "\n"}

MOST_SAMPLES = 100_000
MOST_REMEMBERED = 50_000

Labels = Mapping[str, str]
Samples = Mapping[str, Sequence[tuple[Labels, float]]]
"""The samples of each metric by its name, which for histograms ends in _bucket, _sum or _count."""


def read_exposition(text: str, beginnings: tuple[str, ...]) -> Samples:
    """The samples of metrics whose names begin so; what is no line of this format is passed over."""
    found: dict[str, list[tuple[Labels, float]]] = {}
    number = 0
    for match in LINE.finditer(text):
        name, labels, written = match.groups()
        if not name.startswith(beginnings):
            continue
        value = _value(written)
        if value is None:
            continue
        number += 1
        if number > MOST_SAMPLES:
            break
        found.setdefault(name, []).append((_labels(labels or ""), value))
    return found


def _value(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return None if math.isnan(value) else value


@lru_cache(MOST_REMEMBERED)
def _labels(written: str) -> Labels:
    return {name: ESCAPED.sub(_unescaped, value) for name, value in LABEL.findall(written)}


def _unescaped(match: re.Match[str]) -> str:
    return ESCAPES.get(match[1], match[1])
