"""What the address of a lineage page asks for, and the addresses of pages that ask a little else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from shipway.dashboards.pages.lineage.folding.levels import AUTO, LEVELS

UP, DOWN, BOTH = "up", "down", "both"
DIRECTIONS = (BOTH, UP, DOWN)
DEPTH, DEEPEST = 4, 30
OPENED_AT_MOST = 20
LONGEST_KEY = 300
LONGEST_FIND = 200


@dataclass(frozen=True)
class Asked:
    """Around which artifact, which way, how many steps, how folded; `find` marks what holds that text."""

    artifact_id: int
    direction: str = BOTH
    depth: int = DEPTH
    fold: str = AUTO
    find: str = ""
    opened: frozenset[str] = frozenset()

    @classmethod
    def of(cls, artifact_id: int, direction: str, depth: str, fold: str, find: str, opened: Sequence[str]) -> Asked:
        """What an address says; what it says wrongly is as if it said nothing."""
        return cls(
            artifact_id=artifact_id,
            direction=direction if direction in DIRECTIONS else BOTH,
            depth=min(int(depth), DEEPEST) if depth.isascii() and depth.isdecimal() and len(depth) < 6 else DEPTH,
            fold=fold if fold in LEVELS else AUTO,
            find=find.strip()[:LONGEST_FIND],
            opened=frozenset(key for key in opened[:OPENED_AT_MOST] if len(key) <= LONGEST_KEY),
        )

    def address(self, **changes: Any) -> str:
        """The address of the page that asks the same but for these changes."""
        asked = replace(self, **changes)
        opened = urlencode([("open", key) for key in sorted(asked.opened)])
        return _joined(asked.artifact_id, asked._words, opened)

    def centred_on(self, artifact_id: int) -> str:
        """The address of the page that asks the same of another artifact, with nothing opened."""
        return _joined(artifact_id, self._words)

    @cached_property
    def _words(self) -> str:
        """All but what is opened, as it stands in an address."""
        values = {name: getattr(self, name) for name in ("direction", "depth", "fold", "find")}
        defaults = type(self).__dataclass_fields__
        return urlencode({name: value for name, value in values.items() if value != defaults[name].default})


def _joined(artifact_id: int, *words: str) -> str:
    return "?".join(filter(None, (f"/lineage/{artifact_id}", "&".join(filter(None, words)))))
