"""One entry of the table of routes, and how a path is held against it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote_to_bytes

from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target

Handler = Callable[[Services, Exchange, Target], Awaitable[None]]

PLACES = {"{model}": r"(?P<model>[^/:]+)", "{version}": r"(?P<version>[0-9]+)", "{label}": r"(?P<label>[^/:]+)"}
LARGEST_VERSION = 2**63 - 1
MOST_DIGITS = 19


class NoVersionNumber(InvalidRequest):
    """A version that no model can have."""

    def __init__(self, digits: str) -> None:
        super().__init__(f"Failed to convert version: {digits[:32]} to numeric: versions go up to {LARGEST_VERSION}.")


@dataclass(frozen=True)
class Route:
    """A method and a path with places in braces, and who answers."""

    method: str
    path: str
    handler: Handler
    is_open: bool = False
    """Whether it answers without a token, as probes need it."""

    infers: bool = False
    """Whether it asks the model, so that a full queue refuses it whatever its body is."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        text = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}")
        for place, pattern in PLACES.items():
            text = text.replace(place, pattern)
        return re.compile(text, re.IGNORECASE)

    def target(self, path: str) -> Target | None:
        """What a path, still percent-encoded, names, or None for one that is not this route's.

        Raises:
            NoVersionNumber: its version does not fit into 64 bits.
        """
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        names = found.groupdict()
        label = names.get("label")
        return Target(
            decoded(names.get("model") or ""),
            _version(names.get("version")),
            None if label is None else decoded(label),
        )


def decoded(name: str) -> str:
    """A name without percent-encoding."""
    return unquote_to_bytes(name).decode("utf-8", "replace")


def _version(digits: str | None) -> int | None:
    if digits is None:
        return None
    significant = digits.lstrip("0") or "0"
    if len(significant) > MOST_DIGITS or int(significant) > LARGEST_VERSION:
        raise NoVersionNumber(digits)
    return int(significant)
