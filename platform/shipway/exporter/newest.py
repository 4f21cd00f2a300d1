"""The newest artifact of a type in each pipeline: of the latest execution that made it, or took it from the cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact


class Newest:
    """Keeps one artifact a pipeline; pipelines in the order in which they came."""

    def __init__(self) -> None:
        self._found: dict[str, Made] = {}

    def take(self, made: Made) -> None:
        known = self._found.get(made.pipeline)
        if known is None or known.execution.id <= made.execution.id:
            self._found[made.pipeline] = made

    def altered(self, artifact: RecordedArtifact) -> None:
        """Keep up with the state of what is kept."""
        for pipeline, made in self._found.items():
            if made.artifact.id == artifact.id:
                self._found[pipeline] = replace(made, artifact=artifact)

    def __iter__(self) -> Iterator[tuple[str, Made]]:
        return iter(self._found.items())
