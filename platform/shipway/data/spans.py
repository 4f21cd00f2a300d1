"""Which spans of the input a run reads, and which files those are.

Where TFX's ExampleGen takes one span, several may be taken here: their rows are merged, and the latest is the span of
the examples. Of each span the latest version is read. This module is imported to compute cache keys: it imports
neither pyarrow nor numpy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.data.configs import InputSplit, InvalidConfig, known_keys
from shipway.data.span_pattern import MatchedFile, SpanPattern
from shipway.errors import InputError, UsageError


class MissingInput(InputError):
    """An input folder or file that is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no file or folder {str(path)!r}: check the input path, "
            f"a relative one starts at {str(Path.cwd())!r}."
        )


class UnreadableFolder(InputError):
    """An input folder that this user may not look into."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The input folder {str(path)!r} may not be listed (permission denied): change its permissions."
        )


class EmptyPattern(InputError):
    """A pattern without any file."""

    def __init__(self, pattern: str, base: Path) -> None:
        super().__init__(
            f"No file matches {pattern!r} in {str(base)!r}: check the pattern and what lies in that folder."
        )


class UnknownSpan(InputError):
    """Spans that are asked for and of which there are no files."""

    def __init__(self, wanted: str, pattern: str, available: Sequence[int]) -> None:
        shown = ", ".join(map(str, available[:20])) + (f" ... {available[-1]}" if len(available) > 20 else "")
        super().__init__(f"No file of {pattern!r} belongs to the span(s) {wanted}: the spans found are {shown}.")


class SpanMismatch(InputError):
    """Input splits that do not cover the same spans and versions."""

    def __init__(self, what: str, first: str, one: object, second: str, other: object) -> None:
        super().__init__(
            f"The input splits must come from the same {what}, but {first!r} resolves to {one} and {second!r} to "
            f"{other}: add the missing files or name the span."
        )


class SpansWithoutPattern(UsageError):
    """Spans are asked for, and no pattern says where a span is."""

    def __init__(self, wanted: str, pattern: str) -> None:
        super().__init__(
            f"The spans {wanted} are asked for, but the file pattern {pattern!r} has neither {{SPAN}} nor a date: "
            f"put one into input_config's pattern, or leave the spans away."
        )


@dataclass(frozen=True)
class SpanRange:
    """Spans to take: those from `first` to `last`, of these all but the `skip` latest, of these the `count` latest."""

    text: str
    first: int = 0
    last: int | None = None
    count: int | None = None
    skip: int = 0

    def choose(self, available: Sequence[int]) -> list[int]:
        """The spans of this range among those that there are, ascending."""
        spans = [span for span in sorted(available) if span >= self.first and (self.last is None or span <= self.last)]
        spans = spans[: max(0, len(spans) - self.skip)]
        return spans if self.count is None else spans[-self.count :]


LATEST = SpanRange("latest", count=1)


@dataclass(frozen=True)
class ResolvedInput:
    """The files to read, by input split in the order of spans; `span` is the latest one, 0 where patterns have none."""

    span: int
    version: int | None
    spans: tuple[int, ...]
    files: dict[str, list[Path]]


def parse_spans(text: str) -> SpanRange | None:
    """`"3"`, `"1-9"`, `"latest"`, `"last-3"` or `"all"`; None for an empty text. Raises `InvalidConfig`."""
    text = text.strip()
    if not text:
        return None
    if text in ("latest", "all"):
        return LATEST if text == "latest" else SpanRange("all")
    if match := re.fullmatch(r"last-([1-9]\d*)", text):
        return SpanRange(text, count=int(match.group(1)))
    if match := re.fullmatch(r"(\d+)(?:-(\d+))?", text):
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        if first <= last:
            return SpanRange(text, first, last)
    raise InvalidConfig("spans", f"is {text!r}", "give a span (3), a range (1-9), 'latest', 'last-3' or 'all'")


def parse_range_config(config: Mapping[str, Any]) -> SpanRange | None:
    """The JSON form of TFX's RangeConfig, None for an empty one; raises `InvalidConfig`."""
    known = known_keys("range_config", config, {"static_range": dict, "rolling_range": dict})
    if len(known) > 1:
        raise InvalidConfig("range_config", "has both a static and a rolling range", "give one of them")
    if "static_range" in known:
        where = "range_config.static_range"
        static = known_keys(where, known["static_range"], {"start_span_number": int, "end_span_number": int})
        first, last = static.get("start_span_number", 0), static.get("end_span_number", 0)
        if first > last:
            raise InvalidConfig(where, f"starts at {first} and ends at {last}", "give the earlier span first")
        return SpanRange(f"{first}-{last}" if first < last else str(first), first, last)
    if "rolling_range" in known:
        where = "range_config.rolling_range"
        keys = {"start_span_number": int, "num_spans": int, "skip_num_recent_spans": int}
        rolling = known_keys(where, known["rolling_range"], keys)
        count, skip = rolling.get("num_spans", 0), rolling.get("skip_num_recent_spans", 0)
        if count < 1:
            raise InvalidConfig(where, f"has num_spans {count}", "give at least 1")
        return SpanRange(f"last-{count}", rolling.get("start_span_number", 0), None, count, skip)
    return None


def resolve_input(base: Path, splits: Sequence[InputSplit], spans: SpanRange | None) -> ResolvedInput:
    """The files of every input split below `base`, which may also be one file.

    Raises `InvalidPattern`, `MissingInput`, `UnreadableFolder`, `EmptyPattern`, `UnknownSpan`, `SpanMismatch` and
    `SpansWithoutPattern`.
    """
    if base.is_file():
        return ResolvedInput(0, None, (), {split.name: [base] for split in splits})
    if not base.is_dir():
        raise MissingInput(base)
    if not os.access(base, os.R_OK | os.X_OK):
        raise UnreadableFolder(base)
    chosen = [(split.name, _chosen_files(base, SpanPattern(split.pattern), spans)) for split in splits]
    first, files = chosen[0]
    for name, others in chosen[1:]:
        _check_same("span", first, _spans(files), name, _spans(others))
        _check_same("version", first, _latest_version(files), name, _latest_version(others))
    found = _spans(files)
    paths = {name: [match.path for match in matches] for name, matches in chosen}
    return ResolvedInput(found[-1] if found else 0, _latest_version(files), tuple(found), paths)


def _chosen_files(base: Path, pattern: SpanPattern, spans: SpanRange | None) -> list[MatchedFile]:
    if spans is not None and not pattern.has_span:
        raise SpansWithoutPattern(spans.text, pattern.text)
    matches = pattern.files(base)
    if not matches:
        raise EmptyPattern(pattern.text, base)
    if not pattern.has_span:
        return matches
    available = _spans(matches)
    wanted = spans or LATEST
    chosen = wanted.choose(available)
    if not chosen:
        raise UnknownSpan(wanted.text, pattern.text, available)
    latest = {span: max(match.version or 0 for match in matches if match.span == span) for span in chosen}
    return [match for match in matches if match.span in latest and (match.version or 0) == latest[match.span]]


def _spans(matches: Sequence[MatchedFile]) -> list[int]:
    return sorted({match.span for match in matches if match.span is not None})


def _latest_version(matches: Sequence[MatchedFile]) -> int | None:
    return matches[-1].version


def _check_same(what: str, first: str, one: object, second: str, other: object) -> None:
    if one != other:
        raise SpanMismatch(what, first, one, second, other)
