"""The validations of a pipeline's data, newest first, and which data each was about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.data.drift.readings import Anomaly, Reading, reading_of
from shipway.dashboards.runs.texts import plain
from shipway.data.drift_distances import Distance
from shipway.errors import ShipwayError
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.ingredients import Origins, ingredients_of
from shipway.runner.home import Home


@dataclass(frozen=True)
class Validation:
    """An ExampleAnomalies artifact: what its files hold, None where they cannot be read, and where it comes from."""

    artifact: RecordedArtifact
    reading: Reading | None
    origins: Origins | None

    @property
    def label(self) -> str:
        span = self.artifact.metadata.get("span")
        return f"span {plain(span)[:20]}" if span is not None else f"artifact {self.artifact.id}"

    @property
    def short(self) -> str:
        """The label where there is little room."""
        return self.label.rpartition(" ")[2]

    @property
    def run_id(self) -> str:
        return self.origins.maker.execution.run_id if self.origins else ""

    @property
    def statistics(self) -> RecordedArtifact | None:
        return self.origins.taken.get("statistics") if self.origins else None

    @property
    def address(self) -> str:
        """The statistics that were judged, held against those that drift was measured from."""
        if self.statistics is None or self.origins is None:
            return ""
        previous = self.origins.taken.get("previous_statistics")
        return f"/data/{self.statistics.id}" + (f"?against={previous.id}" if previous else "")

    @property
    def anomalies(self) -> Sequence[Anomaly]:
        return self.reading.anomalies if self.reading else ()

    @property
    def distances(self) -> Mapping[tuple[str, str], Distance]:
        return self.reading.distances if self.reading else {}


def validations_of(
    queries: LineageQueries, home: Home, artifacts: Sequence[RecordedArtifact]
) -> tuple[list[Validation], list[str]]:
    """The validations in the artifacts' order, and a sentence for each whose files cannot be read.

    What was deleted on purpose is no problem: it has nothing to show.
    """
    origins = ingredients_of(queries.service, [one.id for one in artifacts])
    found, problems = [], []
    for artifact in artifacts:
        reading = None
        try:
            reading = reading_of(artifact, home) if artifact.state != "DELETED" else None
        except ShipwayError as fault:
            problems.append(str(fault))
        found.append(Validation(artifact, reading, origins.get(artifact.id)))
    return found, problems
