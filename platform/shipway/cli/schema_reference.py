"""What a person types for a schema or for the data it is held against: a path, an artifact or a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.artifacts import ExampleStatistics, Schema, local_path
from shipway.cli.reference import NoSuchArtifact, find_artifact, find_run, recorded_lineage
from shipway.data.schema import FILE_NAME, read_schema
from shipway.data.split_choice import chosen_splits
from shipway.data.statistics import overall, read_split_statistics, read_statistics
from shipway.errors import UsageError
from shipway.lineage import LineageQueries, RecordedArtifact, RecordedExecution
from shipway.settings import Settings


class NoSchema(UsageError):
    """A reference that leads to no schema."""

    def __init__(self, reference: str) -> None:
        where = f"{reference!r} leads to no schema" if reference else "No schema is recorded"
        super().__init__(f"{where}: give a schema file, the id of a Schema artifact, or a run that has one.")


class NoStatistics(UsageError):
    """A reference that leads to no statistics."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"{reference!r} leads to no statistics: give a FeatureStats.pb, the id of an ExampleStatistics artifact, "
            f"or a run that has some."
        )


@dataclass(frozen=True)
class Validation:
    """What a run held against what: its schema, the statistics of each split, and the parameters that matter."""

    schema: schema_pb2.Schema
    statistics: Sequence[statistics_pb2.DatasetFeatureStatistics]
    environment: str = ""
    curated_file: Path | None = None


def find_schema(settings: Settings, reference: str, pipeline: str | None = None) -> tuple[str, schema_pb2.Schema]:
    """The schema that a path, an artifact or a run names, and where it lies; the latest one recorded for "".

    Raises `NoSchema` and what reading it raises.
    """
    path = _schema_path(reference) or _recorded_schema_path(settings, reference, pipeline)
    return str(path), read_schema(path)


def find_statistics(settings: Settings, reference: str) -> list[statistics_pb2.DatasetFeatureStatistics]:
    """The statistics of each split that a FeatureStats.pb, an artifact or a run names; raises `NoStatistics`."""
    path = Path(reference)
    if path.is_file():
        return [overall(read_statistics(path))]
    with recorded_lineage(settings) as queries:
        found = _artifact(queries, reference, "statistics", "ExampleStatistics")
    if found is None:
        raise NoStatistics(reference)
    return _splits(found)


def find_validation(settings: Settings, reference: str) -> Validation:
    """What the run `reference` validated; raises `NoSuchRun`, `NoSchema` and `NoStatistics`."""
    with recorded_lineage(settings) as queries:
        executions = queries.run(find_run(queries, reference).run_id)
    validator = next((one for one in reversed(executions) if {"schema", "statistics"} <= set(one.inputs)), None)
    schema = _of_run(executions, "schema", "Schema")
    statistics = _of_run(executions, "statistics", "ExampleStatistics")
    if schema is None:
        raise NoSchema(reference)
    if statistics is None:
        raise NoStatistics(reference)
    parameters: Mapping[str, Any] = validator.parameters if validator else {}
    excluded = json.loads(str(parameters.get("exclude_splits") or "[]"))
    return Validation(
        read_schema(Schema(schema.uri).schema_file),
        _splits(statistics, excluded),
        str(parameters.get("environment", "")),
        _curated_file(executions),
    )


def _schema_path(reference: str) -> Path | None:
    path = Path(reference)
    if reference and path.is_dir() and (path / FILE_NAME).is_file():
        return path / FILE_NAME
    return path if reference and path.is_file() else None


def _recorded_schema_path(settings: Settings, reference: str, pipeline: str | None) -> Path:
    with recorded_lineage(settings) as queries:
        if reference:
            found = _artifact(queries, reference, "schema", "Schema")
        else:
            found = queries.latest_artifact("Schema", pipeline, output_key="schema")
    if found is None:
        raise NoSchema(reference or pipeline or "")
    return Schema(found.uri).schema_file


def _artifact(queries: LineageQueries, reference: str, key: str, type_name: str) -> RecordedArtifact | None:
    """The artifact of a type that `reference` names, by itself or as the run it belongs to."""
    try:
        found = find_artifact(queries, reference)
    except NoSuchArtifact:
        return _of_run(queries.run(find_run(queries, reference).run_id), key, type_name)
    return found if found.type_name == type_name else None


def _of_run(executions: Sequence[RecordedExecution], key: str, type_name: str) -> RecordedArtifact | None:
    """What a run used under `key`, or else what it made under it; the last, where there are several."""
    for slots in ([one.inputs for one in executions], [one.outputs for one in executions]):
        for slot in reversed(slots):
            for artifact in slot.get(key, ()):
                if artifact.type_name == type_name:
                    return artifact
    return None


def _splits(artifact: RecordedArtifact, exclude: Sequence[str] = ()) -> list[statistics_pb2.DatasetFeatureStatistics]:
    statistics = ExampleStatistics(artifact.uri, metadata=dict(artifact.metadata))
    names = chosen_splits(statistics.split_names, exclude, "statistics")
    return [overall(read_split_statistics(statistics, name)) for name in names]


def _curated_file(executions: Sequence[RecordedExecution]) -> Path | None:
    """The file that people keep, where the run imported one that is still there."""
    for one in executions:
        given = str(one.parameters.get("schema_file", "")) if "schema" in one.outputs else ""
        if given and local_path(given).is_file():
            return local_path(given)
    return None
