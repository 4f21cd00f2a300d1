"""A schema out of the statistics of several splits."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import ExampleStatistics, Schema
from shipway.data.schema import write_schema
from shipway.data.split_choice import chosen_splits
from shipway.data.statistics import overall, read_split_statistics
from shipway.data.validation_engine import infer_schema, update_schema


def infer(
    statistics: ExampleStatistics, schema: Schema, infer_feature_shape: bool, exclude_splits: Sequence[str]
) -> None:
    """Write the schema that the first split suggests, widened until the others fit it, as TFX does."""
    found: schema_pb2.Schema | None = None
    for split in chosen_splits(statistics.split_names, exclude_splits, "statistics"):
        dataset = overall(read_split_statistics(statistics, split))
        found = infer_schema(dataset, infer_feature_shape) if found is None else update_schema(found, dataset)
    assert found is not None
    write_schema(schema.schema_file, found)
    schema.metadata["features"] = len(found.feature)
