"""What a subject of the exporter is: it hears of what was made, and writes its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shipway.exporter.sheet import Sheet
from shipway.lineage import RecordedArtifact, RecordedExecution


@dataclass(frozen=True)
class Made:
    """An execution put out an artifact under `key`. `is_new`: it made it; else the cache answered with an old one.

    A FAILED execution puts out evidence: an artifact that says why it failed, and that nothing else may use.
    """

    execution: RecordedExecution
    artifact: RecordedArtifact
    key: str
    is_new: bool
    input_ids: Mapping[str, Sequence[int]]

    @property
    def pipeline(self) -> str:
        return self.execution.pipeline


class Subject(Protocol):
    """One part of the page; subjects know nothing of each other."""

    def made(self, made: Made) -> None:
        """In the order of executions. What a Resolver merely passed on is not told."""

    def altered(self, artifact: RecordedArtifact) -> None:
        """Something about an artifact has changed since it was made; maybe one that was never told of."""

    def write(self, sheet: Sheet) -> None:
        """Add all samples."""
