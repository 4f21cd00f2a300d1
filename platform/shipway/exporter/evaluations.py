"""Evaluations of models: metrics of the newest one, of all rows and of slices."""

from __future__ import annotations

from shipway.exporter.evaluation_metrics import Evaluated, read_evaluation, summarised
from shipway.exporter.evidence import Evidence
from shipway.exporter.newest import Newest
from shipway.exporter.sheet import Sheet
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact

EVALUATION = "ModelEvaluation"


class Evaluations:
    """The newest evaluation of each pipeline, as its artifact's files have it, or else as its metadata sums it up."""

    def __init__(self) -> None:
        self._newest = Newest()
        self.evidence: Evidence[Evaluated] = Evidence(read_evaluation)

    def made(self, made: Made) -> None:
        if made.artifact.type_name == EVALUATION:
            self._newest.take(made)

    def altered(self, artifact: RecordedArtifact) -> None:
        self._newest.altered(artifact)

    def write(self, sheet: Sheet) -> None:
        for pipeline, made in self._newest:
            found = self.evidence.of(made) or summarised(made.artifact.metadata.get("summary"))
            for (metric, slice_name), value in found.values.items():
                sheet.add("shipway_model_metric", (pipeline, metric, slice_name), value)
            sheet.left_out += found.left_out
