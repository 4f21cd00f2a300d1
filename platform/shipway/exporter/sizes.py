"""Bytes of the artifacts that are there."""

from __future__ import annotations

from collections import Counter
from sys import intern

from shipway.artifacts import SIZE_BYTES
from shipway.exporter.sheet import Sheet
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact
from shipway.lineage.records import WITH_FILES


class Sizes:
    """Sums by pipeline and type; an artifact counts for the pipeline that made it, until it is deleted."""

    def __init__(self) -> None:
        self._sums: Counter[tuple[str, str]] = Counter()
        self._live: dict[int, tuple[str, str, int]] = {}

    def made(self, made: Made) -> None:
        size = made.artifact.metadata.get(SIZE_BYTES, 0)
        if made.is_new and made.artifact.state in WITH_FILES and isinstance(size, int) and size >= 0:
            kind = (intern(made.pipeline), intern(made.artifact.type_name))
            self._live[made.artifact.id] = (*kind, size)
            self._sums[kind] += size

    def altered(self, artifact: RecordedArtifact) -> None:
        if artifact.state not in WITH_FILES and (gone := self._live.pop(artifact.id, None)):
            self._sums[gone[:2]] -= gone[2]

    def write(self, sheet: Sheet) -> None:
        for kind, total in self._sums.items():
            sheet.add("shipway_artifact_bytes", kind, total)
