"""The schema in an artifact's files, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.dashboards.artifact_files import folder_of
from shipway.data.schema import FILE_NAME, UnreadableSchema, read_schema
from shipway.errors import InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.schema_pb2 import Schema

LARGEST_FILE = 4 << 20
KEPT = 64


class SchemaTooLarge(InputError):
    """A schema that is not read for a page."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(f"The schema {str(path)!r} has {size:,} bytes, too many to show on a page: use an editor.")


def schema_of(artifact: RecordedArtifact, home: Home) -> Schema:
    """An artifact's schema. Raises `OutOfReach`, `SchemaTooLarge`, and what `read_schema` raises."""
    folder = folder_of(artifact, home)
    path = folder / FILE_NAME
    try:
        stat = path.stat()
        if not path.resolve().is_relative_to(folder):
            raise UnreadableSchema(path, "it leads out of the artifact")
    except (OSError, RuntimeError) as error:
        raise UnreadableSchema(path, getattr(error, "strerror", None) or str(error)) from error
    if stat.st_size > LARGEST_FILE:
        raise SchemaTooLarge(path, stat.st_size)
    return _kept(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(KEPT)
def _kept(path: Path, mtime_ns: int, size: int) -> Schema:
    return read_schema(path)
