"""Validations of data: anomalies, and how far features have drifted."""

from __future__ import annotations

from pathlib import Path

from shipway.data.anomaly_files import read_anomalies
from shipway.data.drift_distances import Distance, distances, features_with_anomalies
from shipway.exporter.evidence import Evidence
from shipway.exporter.newest import Newest
from shipway.exporter.sheet import Sheet
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact

ANOMALIES = "ExampleAnomalies"


class Validations:
    """The newest validation of each pipeline, as its artifact's files have it, or else as its metadata does."""

    def __init__(self) -> None:
        self._newest = Newest()
        self.evidence = Evidence(read_validation)

    def made(self, made: Made) -> None:
        if made.artifact.type_name == ANOMALIES:
            self._newest.take(made)

    def altered(self, artifact: RecordedArtifact) -> None:
        self._newest.altered(artifact)

    def write(self, sheet: Sheet) -> None:
        for pipeline, made in self._newest:
            found = self.evidence.of(made)
            number = found[0] if found else made.artifact.metadata.get("anomalies", 0)
            sheet.add("shipway_anomalies", (pipeline,), number if isinstance(number, int) else 0)
            for one in found[1] if found else ():
                labels = (pipeline, one.feature, one.kind)
                sheet.add("shipway_drift_distance", labels, one.value)
                sheet.add("shipway_drift_threshold", labels, one.threshold)


def read_validation(folder: Path) -> tuple[int, list[Distance]]:
    """How many features have anomalies in any split, and the distances, the farthest from its threshold first."""
    splits = read_anomalies(folder).values()
    return len(features_with_anomalies(splits)), distances(splits)
