"""Which files ExampleGen reads, from its parameters alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipway.artifacts import Files, local_path
from shipway.data.spans import SpanRange, parse_range_config, parse_spans
from shipway.errors import UsageError


class NoInput(UsageError):
    """ExampleGen without anything to read, or with two things."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}: give example_gen either input_base, a folder or file, or source, an artifact.")


class TwoRanges(UsageError):
    """Spans asked for in two ways."""

    def __init__(self, spans: str) -> None:
        super().__init__(f"Both spans={spans!r} and range_config choose spans: give one of them.")


def input_folder(source: Files | None, input_base: str) -> Path:
    """Where the input lies; raises `NoInput`."""
    if source is not None and input_base:
        raise NoInput("Both source and input_base are given")
    if source is not None:
        return source.path
    if not input_base:
        raise NoInput("There is nothing to read")
    return local_path(input_base).expanduser().absolute()


def chosen_spans(spans: str, range_config: dict[str, Any]) -> SpanRange | None:
    """The range that the parameters ask for, None for TFX's default, the latest span; raises `TwoRanges`."""
    wanted, configured = parse_spans(spans), parse_range_config(range_config)
    if wanted is not None and configured is not None:
        raise TwoRanges(spans)
    return wanted or configured
