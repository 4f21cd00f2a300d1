"""File patterns that carry a span and a version, as TFX's `example_gen.proto` defines them.

`{SPAN}` and `{VERSION}` match digits, `{SPAN:3}` exactly three of them; `{YYYY}`, `{MM}` and `{DD}` together give the
span as days since 1970-01-01. The rest is a glob: `*`, `?`, `[...]` within a name, `**` across folders.
"""

from __future__ import annotations

import datetime
import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import UsageError

EPOCH = datetime.date(1970, 1, 1)
PLACEHOLDER = re.compile(r"\{([A-Za-z]*)(?::([^}]*))?\}")
DATE_GROUPS = {"YYYY": (4, "year"), "MM": (2, "month"), "DD": (2, "day")}
GLOB_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", re.DOTALL)


class InvalidPattern(UsageError):
    """A file pattern whose placeholders break TFX's rules."""

    def __init__(self, pattern: str, problem: str) -> None:
        super().__init__(
            f"The file pattern {pattern!r} {problem}: use {{SPAN}} or the three of {{YYYY}}, {{MM}} and {{DD}}, "
            f"with {{VERSION}} beside them or not, each once."
        )


@dataclass(frozen=True)
class MatchedFile:
    """A file that a pattern matches; span and version are None where the pattern has none."""

    path: Path
    span: int | None
    version: int | None


class SpanPattern:
    """One pattern, ready to be matched below a folder; raises `InvalidPattern`."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        names = [match.group(1) for match in PLACEHOLDER.finditer(pattern)]
        dates = [name for name in names if name in DATE_GROUPS]
        unknown = [name for name in names if name not in DATE_GROUPS and name not in ("SPAN", "VERSION")]
        if unknown:
            raise InvalidPattern(pattern, f"has the unknown placeholder {{{unknown[0]}}}")
        if len(names) != len(set(names)):
            raise InvalidPattern(pattern, "has a placeholder twice")
        if dates and "SPAN" in names:
            raise InvalidPattern(pattern, "has both a span and a date")
        if dates and len(dates) != len(DATE_GROUPS):
            raise InvalidPattern(pattern, "has only a part of a date")
        self.has_span = bool(dates) or "SPAN" in names
        self.has_date = bool(dates)
        self.has_version = "VERSION" in names
        if self.has_version and not self.has_span:
            raise InvalidPattern(pattern, "has a version without a span")
        self._glob = PLACEHOLDER.sub("*", pattern)
        self._regex = re.compile(self._to_regex())

    def files(self, base: Path) -> list[MatchedFile]:
        """The files below `base` that match, ordered by span, version and name.

        Names that start with a dot or, unless the pattern's does too, with an underscore (Spark's `_SUCCESS`) do not
        match, nor does a date that is none (2024-02-31).
        """
        found = glob.iglob(self._glob, root_dir=base, recursive=True)
        matches = [match for name in found if (match := self._match(base, name)) is not None]
        return sorted(matches, key=lambda match: (match.span or 0, match.version or 0, str(match.path)))

    def _match(self, base: Path, name: str) -> MatchedFile | None:
        match = self._regex.fullmatch(name)
        if match is None or self._is_marker(name) or not (base / name).is_file():
            return None
        groups = match.groupdict()
        version = int(groups["version"]) if self.has_version else None
        if not self.has_date:
            return MatchedFile(base / name, int(groups["span"]) if self.has_span else None, version)
        try:
            date = datetime.date(int(groups["year"]), int(groups["month"]), int(groups["day"]))
        except ValueError:
            return None
        return MatchedFile(base / name, (date - EPOCH).days, version)

    def _is_marker(self, name: str) -> bool:
        return Path(name).name.startswith("_") and not Path(self.text).name.startswith("_")

    def _to_regex(self) -> str:
        pieces, end = [], 0
        for match in PLACEHOLDER.finditer(self.text):
            pieces += [*_glob_regex(self.text[end : match.start()]), self._group(*match.groups())]
            end = match.end()
        return "".join([*pieces, *_glob_regex(self.text[end:])])

    def _group(self, name: str, width: str | None) -> str:
        if name in DATE_GROUPS:
            digits, group = DATE_GROUPS[name]
            return rf"(?P<{group}>\d{{{digits}}})"
        if width is None:
            return rf"(?P<{name.lower()}>\d+)"
        if not re.fullmatch(r"[1-9]\d?", width):
            raise InvalidPattern(self.text, f"has the width {width!r}, which is no positive number")
        return rf"(?P<{name.lower()}>\d{{{width}}})"


def _glob_regex(text: str) -> Iterator[str]:
    for token in GLOB_TOKENS.findall(text):
        if token == "**/":
            yield "(?:[^/]+/)*"
        elif token == "**":
            yield ".*"
        elif token == "*":
            yield "[^/]*"
        elif token == "?":
            yield "[^/]"
        elif len(token) > 1:
            yield token.replace("[!", "[^", 1)
        else:
            yield re.escape(token)
