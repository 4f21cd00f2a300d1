"""Statistics of the rows before and after the transform, for each analyzed split."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import Examples, ExampleStatistics
from shipway.data.examples import read_split
from shipway.data.statistics import FILE_NAME, SlicedStatistics, StatisticsOptions, write_statistics


class SplitStatistics:
    """Collects the statistics of some splits while their batches pass by."""

    def __init__(self, splits: Sequence[str], schema: schema_pb2.Schema, options: StatisticsOptions):
        self._collected = {split: SlicedStatistics(options, schema) for split in splits}

    def add(self, split: str, batch: pa.RecordBatch) -> None:
        """Takes a batch into account; those of other splits are none of ours."""
        if split in self._collected:
            self._collected[split].add(batch)

    def write(self, statistics: ExampleStatistics, span: int) -> None:
        """Writes `Split-<name>/FeatureStats.pb` for each split and sets the artifact's properties."""
        for split, collected in self._collected.items():
            folder = statistics.split_path(split)
            folder.mkdir(parents=True)
            write_statistics(folder / FILE_NAME, collected.statistics())
        statistics.split_names = list(self._collected)
        statistics.span = span


def write_raw_statistics(
    examples: Examples,
    splits: Sequence[str],
    schema: schema_pb2.Schema,
    options: StatisticsOptions,
    statistics: ExampleStatistics,
) -> None:
    """The statistics of the rows as they came in."""
    collected = SplitStatistics(splits, schema, options)
    for split in splits:
        for batch in read_split(examples, split):
            collected.add(split, batch)
    collected.write(statistics, examples.span)
