"""Spans of data: the newest that a pipeline has ingested, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.data.recorded_rows import SPLIT_ROWS, recorded_rows
from shipway.exporter.sheet import Sheet
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact

EXAMPLES = "Examples"


@dataclass(frozen=True)
class _Span:
    number: int
    version: int
    artifact_id: int
    rows: Mapping[str, int]

    @property
    def age(self) -> tuple[int, int, int]:
        return self.number, self.version, self.artifact_id


class Spans:
    """The highest span of each pipeline, of that the highest version, of that the newest artifact."""

    def __init__(self) -> None:
        self._latest: dict[str, _Span] = {}

    def made(self, made: Made) -> None:
        metadata = made.artifact.metadata
        if made.artifact.type_name != EXAMPLES or SPLIT_ROWS not in metadata:
            return
        rows = recorded_rows(metadata[SPLIT_ROWS])
        span = _Span(_whole(metadata.get("span")), _whole(metadata.get("version")), made.artifact.id, rows)
        known = self._latest.get(made.pipeline)
        if known is None or known.age <= span.age:
            self._latest[made.pipeline] = span

    def altered(self, artifact: RecordedArtifact) -> None:
        """A span was ingested, whatever becomes of its files."""

    def write(self, sheet: Sheet) -> None:
        for pipeline, span in self._latest.items():
            sheet.add("shipway_span_latest", (pipeline,), span.number)
            for split, rows in span.rows.items():
                sheet.add("shipway_span_rows", (pipeline, split), rows)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0
