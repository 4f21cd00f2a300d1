"""The Transform step from its inputs to its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow_transform as tft

from shipway.artifacts import FORMAT_PARQUET, Examples, ExampleStatistics, Schema, TransformGraph
from shipway.data.schema import FILE_NAME, read_schema, write_schema
from shipway.step import StepContext
from shipway_components.transform.analyze import analyze
from shipway_components.transform.materialise import SplitTransformer
from shipway_components.transform.preprocessing import Preprocessing
from shipway_components.transform.raw_features import RawFeatures
from shipway_components.transform.splits import choose_splits
from shipway_components.transform.statistics import SplitStatistics, write_raw_statistics
from shipway_components.transform.stats_options import StatsType, statistics_options


@dataclass(frozen=True)
class Outputs:
    """What the step writes, by TFX's names."""

    transform_graph: TransformGraph
    transformed_examples: Examples
    pre_transform_schema: Schema
    pre_transform_stats: ExampleStatistics
    post_transform_schema: Schema
    post_transform_stats: ExampleStatistics


@dataclass(frozen=True)
class Settings:
    """The step's parameters."""

    module_file: str
    preprocessing_fn: str
    splits_config: Mapping[str, Any]
    custom_config: Mapping[str, Any]


def run(examples: Examples, schema: Schema, outputs: Outputs, settings: Settings, context: StepContext) -> None:
    """Analyzes, writes the graph, and transforms each split; see `analyze` and `SplitTransformer`.

    Raises:
      ShipwayError: see `shipway_components.transform.errors`, `Splits` and `Preprocessing`.
    """
    preprocessing = Preprocessing(settings.module_file, settings.preprocessing_fn, settings.custom_config)
    splits = choose_splits(examples, settings.splits_config)
    raw_schema = read_schema(schema.schema_file)
    raw = RawFeatures(examples, raw_schema)
    graph = outputs.transform_graph.path
    lines = analyze(raw, raw_schema, splits.analyze, preprocessing, graph, context.work_dir / "analysis")
    transformed_schema = tft.TFTransformOutput(str(graph)).transformed_metadata.schema
    write_schema(outputs.pre_transform_schema.path / FILE_NAME, raw_schema)
    write_schema(outputs.post_transform_schema.path / FILE_NAME, transformed_schema)
    before, after = (
        statistics_options(preprocessing.stats_options_updater, kind, preprocessing.file)
        for kind in (StatsType.PRE_TRANSFORM, StatsType.POST_TRANSFORM)
    )
    write_raw_statistics(examples, splits.analyze, raw_schema, before, outputs.pre_transform_stats)

    observed = [split for split in splits.analyze if split in splits.transform]
    collected = SplitStatistics(observed, transformed_schema, after)
    transformer = SplitTransformer(raw, graph, transformed_schema, lines, collected.add)
    _transform(transformer, splits.transform, outputs.transformed_examples, context)
    collected.write(outputs.post_transform_stats, examples.span)
    outputs.transformed_examples.span = examples.span
    outputs.transformed_examples.version = examples.version


def _transform(
    transformer: SplitTransformer, splits: Sequence[str], transformed: Examples, context: StepContext
) -> None:
    transformed.payload_format = FORMAT_PARQUET
    for split in splits:
        transformer.write(split, transformed, context.progress)
    transformed.split_names = list(splits)
    transformed.metadata["rows"] = transformer.rows
