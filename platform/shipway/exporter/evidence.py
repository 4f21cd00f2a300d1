"""The small files of artifacts: each is read once; one that cannot be is counted, named and passed over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from shipway.artifacts import local_path
from shipway.artifacts.object_store import Copies, is_remote
from shipway.errors import ShipwayError, in_one_line
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact

Found = TypeVar("Found")
DELETED = frozenset({"DELETED", "MARKED_FOR_DELETION"})

log = logging.getLogger(__name__)


class Evidence(Generic[Found]):
    """What `read` finds in the folders of artifacts, kept for the newest artifact of each pipeline."""

    def __init__(self, read: Callable[[Path], Found | None]) -> None:
        self._read = read
        self._kept: dict[str, tuple[int, Found | None]] = {}
        self.errors = 0

    def of(self, made: Made) -> Found | None:
        """None where the files are gone on purpose, or cannot be read; whatever is in them, the exporter goes on."""
        kept = self._kept.get(made.pipeline)
        if kept is None or kept[0] != made.artifact.id:
            kept = self._kept[made.pipeline] = (made.artifact.id, self._look(made.artifact))
        return kept[1]

    def _look(self, artifact: RecordedArtifact) -> Found | None:
        if artifact.state in DELETED:
            return None
        try:
            return self._read(_folder(artifact.uri))
        except Exception as error:
            self.errors += 1
            reason = str(error) if isinstance(error, ShipwayError) else f"{artifact.uri}: {in_one_line(error)}"
            log.warning("%s %d is left out. %s", artifact.type_name, artifact.id, reason)
            return None


def _folder(uri: str) -> Path:
    """Where the small files of an artifact lie: where they are mounted or written, or in a copy out of their bucket."""
    path = local_path(uri)
    return _copies().folder(uri) if is_remote(uri) and not path.exists() else path


@lru_cache(maxsize=1)
def _copies() -> Copies:
    return Copies.of_this_process()
