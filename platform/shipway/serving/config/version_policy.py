"""Which of a model's versions are to be served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Choice(Enum):
    """The three ways in which TensorFlow Serving chooses."""

    LATEST = "latest"
    ALL = "all"
    SPECIFIC = "specific"


@dataclass(frozen=True)
class VersionPolicy:
    """A choice of versions; by default the latest one."""

    choice: Choice = Choice.LATEST

    num_versions: int = 1
    """Of `LATEST`: how many; 0 counts as 1, as in TensorFlow Serving."""

    versions: frozenset[int] = frozenset()
    """Of `SPECIFIC`: which."""

    @classmethod
    def latest(cls, num_versions: int = 1) -> VersionPolicy:
        return cls(Choice.LATEST, num_versions=max(num_versions, 1))

    @classmethod
    def all(cls) -> VersionPolicy:
        return cls(Choice.ALL)

    @classmethod
    def specific(cls, versions: Iterable[int]) -> VersionPolicy:
        return cls(Choice.SPECIFIC, versions=frozenset(versions))

    def aspired(self, available: Iterable[int]) -> frozenset[int]:
        """The versions to serve out of those that are there."""
        there = frozenset(available)
        if self.choice is Choice.ALL:
            return there
        if self.choice is Choice.SPECIFIC:
            return there & self.versions
        return frozenset(sorted(there)[-max(self.num_versions, 1) :])

    def missing(self, available: Iterable[int]) -> frozenset[int]:
        """The versions that are asked for by number and are not there."""
        return self.versions - frozenset(available)

    def __str__(self) -> str:
        if self.choice is Choice.SPECIFIC:
            return f"specific {', '.join(map(str, sorted(self.versions))) or 'none'}"
        return f"latest {max(self.num_versions, 1)}" if self.choice is Choice.LATEST else "all"
