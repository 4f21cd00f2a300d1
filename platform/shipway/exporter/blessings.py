"""Verdicts on models."""

from __future__ import annotations

from collections import Counter

from shipway.exporter.newest import Newest
from shipway.exporter.sheet import Sheet
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact

BLESSING = "ModelBlessing"


class Blessings:
    """How many of each kind a pipeline has given, and the newest."""

    def __init__(self) -> None:
        self._given: dict[str, Counter[bool]] = {}
        self._newest = Newest()

    def made(self, made: Made) -> None:
        if made.artifact.type_name == BLESSING:
            self._newest.take(made)
            if made.is_new:
                self._given.setdefault(made.pipeline, Counter({True: 0, False: 0}))[is_blessed(made.artifact)] += 1

    def altered(self, artifact: RecordedArtifact) -> None:
        self._newest.altered(artifact)

    def write(self, sheet: Sheet) -> None:
        for pipeline, given in self._given.items():
            for blessed, number in given.items():
                sheet.add("shipway_model_blessings_total", (pipeline, str(blessed).lower()), number)
        for pipeline, made in self._newest:
            sheet.add("shipway_model_blessed", (pipeline,), int(is_blessed(made.artifact)))


def is_blessed(blessing: RecordedArtifact) -> bool:
    """What a verdict says; it says no where it says nothing."""
    return bool(blessing.metadata.get("blessed", 0))
