"""What the page of one artifact shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.artifact_files import Files, files_of
from shipway.dashboards.faults import NotFound
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import ArtifactUses, uses_of
from shipway.lineage.versions import Versions, versions_of
from shipway.runner.home import Home

USES_SHOWN = 50
VERSIONS_EACH_WAY = 5
PROPERTIES_SHOWN = 500
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class ArtifactPage:
    """One artifact with all that is recorded of it. `has_story`: a model's; `has_models`: of rows."""

    artifact: RecordedArtifact
    properties: Sequence[tuple[str, str]]
    properties_left_out: int
    uses: ArtifactUses
    versions: Versions
    files: Files
    has_story: bool
    has_models: bool


@dataclass(frozen=True)
class DigestCheck:
    """Whether an artifact's files are what was recorded. `fault` is a sentence where that could not be found out."""

    recorded: str
    found: str = ""
    fault: str = ""

    @property
    def agrees(self) -> bool:
        return bool(self.found) and self.found == self.recorded


class NoSuchArtifact(NotFound):
    """An id under which nothing is recorded."""

    def __init__(self, artifact_id: object) -> None:
        super().__init__(
            f"No artifact {str(artifact_id)[:40]!r} is recorded: search for it by its URI or any other text."
        )


def id_in(text: str) -> int | None:
    """An id out of an address, None for whatever is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return number if 0 < number <= LARGEST_ID else None


def recorded(queries: LineageQueries, artifact_id: str) -> RecordedArtifact:
    """The artifact that an address names. Raises `NoSuchArtifact`."""
    number = id_in(artifact_id)
    found = None if number is None else queries.artifact(number)
    if found is None:
        raise NoSuchArtifact(artifact_id)
    return found


def artifact_page(queries: LineageQueries, home: Home, artifact_id: str) -> ArtifactPage:
    """All of the page. Raises `NoSuchArtifact`."""
    artifact = recorded(queries, artifact_id)
    uses = uses_of(queries.service, artifact.id, USES_SHOWN)
    versions = versions_of(queries.service, uses.maker, VERSIONS_EACH_WAY) if uses.maker else Versions([], [])
    properties = sorted((name, str(value)) for name, value in artifact.metadata.items())
    return ArtifactPage(
        artifact=artifact,
        properties=properties[:PROPERTIES_SHOWN],
        properties_left_out=max(0, len(properties) - PROPERTIES_SHOWN),
        uses=uses,
        versions=versions,
        files=files_of(artifact, home),
        has_story=artifact.type_name in ("Model", "PushedModel"),
        has_models=artifact.type_name == "Examples",
    )
