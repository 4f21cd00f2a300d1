"""What a person types for an artifact or a run, and what it names in the metadata store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.errors import UsageError
from shipway.lineage import LineageQueries, RecordedArtifact, RecordedRun
from shipway.settings import Settings


class NoSuchArtifact(UsageError):
    """A reference that names no recorded artifact."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"No artifact {reference!r} is recorded: give an id, URI or path that 'shipway artifacts' lists, "
            "or a path inside one."
        )


class NoSuchRun(UsageError):
    """A reference that names no recorded run."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"No run {reference!r} is recorded: give an id, or its beginning, that 'shipway runs' lists.")


class AmbiguousRun(UsageError):
    """The beginning of more than one run's id."""

    def __init__(self, reference: str, matches: list[str]) -> None:
        super().__init__(
            f"{reference!r} is the beginning of {len(matches)} runs ({', '.join(matches[:3])} ...): type more."
        )


@contextmanager
def recorded_lineage(settings: Settings) -> Iterator[LineageQueries]:
    """The lineage of the home or of the metadata service, for reading; `MissingStore` where nothing has run yet."""
    queries = LineageQueries.open(settings.local_metadata)
    try:
        yield queries
    finally:
        queries.close()


def find_artifact(queries: LineageQueries, reference: str) -> RecordedArtifact:
    """The artifact with this id or URI, or whose folder holds this path, or that was pushed there."""
    if reference.isdecimal() and (found := queries.artifact(int(reference))):
        return found
    if found := queries.artifact_by_uri(reference):
        return found
    path = Path(reference.removeprefix("file://")).absolute()
    for folder in (path, *path.parents):
        if found := queries.artifact_by_uri(str(folder)) or _pushed_to(queries, folder):
            return found
    raise NoSuchArtifact(reference)


def _pushed_to(queries: LineageQueries, path: Path) -> RecordedArtifact | None:
    """The newest PushedModel whose destination, with or without its version, is `path`."""
    for pushed in queries.artifacts("PushedModel"):
        destination = Path(str(pushed.metadata.get("pushed_destination", "")) or "-")
        if path in (destination, destination / str(pushed.metadata.get("pushed_version", ""))):
            return pushed
    return None


def find_run(queries: LineageQueries, reference: str) -> RecordedRun:
    """The run with this id, or the only one whose id begins so."""
    runs = queries.runs()
    matches = [run for run in runs if run.run_id == reference] or [r for r in runs if r.run_id.startswith(reference)]
    if not matches or not reference:
        raise NoSuchRun(reference)
    if len(matches) > 1:
        raise AmbiguousRun(reference, [run.run_id for run in matches])
    return matches[0]
