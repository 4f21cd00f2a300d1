"""The schemas in artifacts' files: read, told in facts and compared once a state of the files.

The text form is read by protobuf's Python code, a millisecond or more a feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.dashboards.artifact_files import folder_of
from shipway.data.schema import FILE_NAME, UnreadableSchema, read_schema
from shipway.data.schema_diff import Change, schema_changes
from shipway.data.schema_facts import Facts, schema_facts
from shipway.errors import InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.schema_pb2 import Schema

LARGEST_FILE = 1 << 20
KEPT = 100


class SchemaTooLarge(InputError):
    """A schema that is not read for a page."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(f"The schema {str(path)!r} has {size:,} bytes, too many to show on a page: use an editor.")


@dataclass(frozen=True)
class SchemaFile:
    """One state of a file: whoever writes it anew makes another one of it."""

    path: Path
    mtime_ns: int
    size: int


def schema_file(artifact: RecordedArtifact, home: Home) -> SchemaFile:
    """An artifact's schema file. Raises `OutOfReach`, `SchemaTooLarge` and `UnreadableSchema`."""
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
    return SchemaFile(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(KEPT)
def schema_in(file: SchemaFile) -> Schema:
    """Raises what `read_schema` raises."""
    return read_schema(file.path)


@lru_cache(KEPT)
def facts_in(file: SchemaFile) -> Mapping[str, Facts]:
    """The facts of each feature, by name. Raises what `read_schema` raises."""
    return schema_facts(schema_in(file))


@lru_cache(KEPT)
def changes_between(old: SchemaFile, new: SchemaFile) -> Sequence[Change]:
    """What changed, in words. Raises what `read_schema` raises."""
    return schema_changes(schema_in(old), schema_in(new))
