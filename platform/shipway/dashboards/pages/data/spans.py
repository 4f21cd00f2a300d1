"""Spans of data in lines: their rows, and what was found out about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shipway.artifacts import RESOLVED
from shipway.dashboards.runs.texts import plain
from shipway.data.recorded_rows import SPLIT_ROWS, recorded_rows
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.about_rows import TRANSFORMED, AboutRows, about_rows
from shipway.lineage.artifact_uses import Use, makers_of

SPLITS_SHOWN = 6


@dataclass(frozen=True)
class SpanLine:
    """Examples in a line. `rows` are of each split, or of all under the name ""."""

    artifact: RecordedArtifact
    maker: Use | None
    rows: Sequence[tuple[str, int]]
    about: AboutRows

    @property
    def span(self) -> str:
        return plain(self.artifact.metadata.get("span", ""))

    @property
    def version(self) -> str:
        return plain(self.artifact.metadata.get("version", ""))

    @property
    def pipeline(self) -> str:
        return self.maker.execution.pipeline if self.maker else ""

    @property
    def run_id(self) -> str:
        return self.maker.execution.run_id if self.maker else ""

    @property
    def anomalies(self) -> int | None:
        """How many anomalies were found; None where nobody looked, or said."""
        found = self.about.anomalies.metadata.get("anomalies") if self.about.anomalies else None
        return found if isinstance(found, int) else None


Ingested = tuple[RecordedArtifact, Use | None]
"""Examples and the execution that made them; None for those from outside."""


def ingested(queries: LineageQueries, examples: Sequence[RecordedArtifact]) -> list[Ingested]:
    """Those of the Examples that are new rows, each with its maker.

    A Transform's rows were there before, and a Resolver that found nothing puts out what stands for nothing.
    """
    makers = makers_of(queries.service, [one.id for one in examples])
    return [
        (one, makers.get(one.id))
        for one in examples
        if str(one.metadata.get(RESOLVED, 1)) not in ("0", "0.0", "False")
        and not (one.id in makers and makers[one.id].key in TRANSFORMED)
    ]


def span_lines(queries: LineageQueries, found: Sequence[Ingested]) -> list[SpanLine]:
    """Lines of Examples, in their order."""
    about = about_rows(queries.service, [artifact.id for artifact, _ in found])
    return [SpanLine(artifact, maker, _rows(artifact.metadata), about[artifact.id]) for artifact, maker in found]


def _rows(metadata: Mapping[str, object]) -> list[tuple[str, int]]:
    by_split = recorded_rows(metadata.get(SPLIT_ROWS, ""))
    if by_split:
        return [(plain(split), number) for split, number in list(by_split.items())[:SPLITS_SHOWN]]
    rows = metadata.get("rows")
    return [("", rows)] if isinstance(rows, int) else []
