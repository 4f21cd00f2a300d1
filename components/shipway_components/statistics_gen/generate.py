"""The statistics of each split of an Examples artifact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from shipway.artifacts import Examples, ExampleStatistics, Schema
from shipway.data.examples import read_split
from shipway.data.schema import read_schema
from shipway.data.split_choice import chosen_splits
from shipway.data.statistics import FILE_NAME, StatisticsOptions, generate_statistics, write_statistics
from shipway.errors import InputError, UsageError

SCHEMA_JSON = "schema_json"


class EmptySplit(InputError):
    """A split of which no row is left to look at."""

    def __init__(self, split: str, sample_rate: float) -> None:
        if sample_rate < 1:
            problem, way_out = f"no row at a sample_rate of {sample_rate}", "raise the rate"
        else:
            problem, way_out = "no rows", "check the step that wrote it, or name the split in exclude_splits"
        super().__init__(f"The split {split!r} of the examples has {problem}: {way_out}.")


class TwoSchemas(UsageError):
    """A schema among the options and another as the step's input."""

    def __init__(self) -> None:
        super().__init__(
            "stats_options holds a schema, and the input 'schema' is given as well: leave one of them out."
        )


class BadSchemaOption(UsageError):
    """A schema among the options that is none."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The {SCHEMA_JSON!r} of stats_options is no schema ({problem}): give the input 'schema'.")


def read_options(
    stats_options: Mapping[str, Any], schema: Schema | None, sample_rate: float, slices: Sequence[Any]
) -> tuple[StatisticsOptions, schema_pb2.Schema | None]:
    """The options and the schema out of the step's parameters; a parameter of its own goes before `stats_options`.

    Raises the errors of `StatisticsOptions` and `read_schema`, `TwoSchemas` and `BadSchemaOption`.
    """
    given = dict(stats_options)
    schema_json = given.pop(SCHEMA_JSON, None)
    if sample_rate != 1:
        given["sample_rate"] = sample_rate
    options = StatisticsOptions.from_mapping(given).with_slices(slices)
    if schema_json is None:
        return options, None if schema is None else read_schema(schema.schema_file)
    if schema is not None:
        raise TwoSchemas()
    text = schema_json if isinstance(schema_json, str) else json.dumps(schema_json)
    try:
        return options, json_format.Parse(text, schema_pb2.Schema())
    except json_format.ParseError as error:
        raise BadSchemaOption(str(error)) from error


def generate(
    examples: Examples,
    statistics: ExampleStatistics,
    options: StatisticsOptions,
    schema: schema_pb2.Schema | None = None,
    exclude_splits: Sequence[str] = (),
    progress: Callable[[int], None] = lambda rows: None,
) -> dict[str, statistics_pb2.DatasetFeatureStatistics]:
    """Write the statistics of each split that is not excluded into `statistics`, and set its properties.

    Those of all rows of each split are returned.

    Raises `EmptySplit`, what `chosen_splits` and `read_split` raise, and what `generate_statistics` does.
    """
    splits = chosen_splits(examples.split_names, exclude_splits, "examples")
    done = 0
    overall = {}
    for split in splits:
        before = done
        batches = RowCount(read_split(examples, split))
        found = generate_statistics(batches, options, schema, lambda rows, before=before: progress(before + rows))
        if not found.datasets[0].num_examples:
            raise EmptySplit(split, options.sample_rate)
        done += batches.rows
        folder = statistics.split_path(split)
        folder.mkdir(parents=True)
        write_statistics(folder / FILE_NAME, found)
        overall[split] = found.datasets[0]
    statistics.split_names = splits
    statistics.span = examples.span
    statistics.metadata["rows"] = done
    return overall


class RowCount:
    """Passes batches on and counts their rows."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self.batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self.batches:
            self.rows += batch.num_rows
            yield batch
