"""A schema that people wrote."""

from __future__ import annotations

from shipway.artifacts import Schema, write_text
from shipway.artifacts.object_store import brought
from shipway.data.schema import EmptySchema, read_schema


def take_over(schema: Schema, schema_file: str) -> None:
    """Check a curated schema and copy it with its comments; raises what `read_schema` raises, and `EmptySchema`."""
    path = brought(schema_file)
    content = read_schema(path)
    if not content.feature:
        raise EmptySchema(path)
    write_text(schema.schema_file, path.read_text(encoding="utf-8"))
    schema.metadata["features"] = len(content.feature)
