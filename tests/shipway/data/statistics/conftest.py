"""TFDV itself, as the judge of our statistics: imported once, and run in memory on the same rows."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest


@pytest.fixture(scope="session")
def tfdv_statistics() -> Callable[..., Any]:
    """`tfdv_statistics(batch, schema=None, **stats_options)`: TFDV's statistics of one batch of rows."""
    from tensorflow_data_validation.statistics.stats_impl import generate_statistics_in_memory
    from tensorflow_data_validation.statistics.stats_options import StatsOptions

    def compute(batch: pa.RecordBatch, schema: Any = None, **options: Any) -> Any:
        with np.errstate(all="ignore"):
            statistics = generate_statistics_in_memory(_as_lists(batch), StatsOptions(schema=schema, **options))
        for feature in statistics.datasets[0].features:
            _drop_empty_levels(feature)
        return statistics

    return compute


@pytest.fixture(scope="session")
def as_lists() -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """`as_lists(batch)`: the form of the same rows that TFDV takes."""
    return _as_lists


@pytest.fixture
def beam_tfdv_statistics(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """`beam_tfdv_statistics(lists, **stats_options)`: TFDV's statistics as a Beam pipeline makes them, by slice."""

    def compute(lists: pa.RecordBatch, **options: Any) -> dict[str, Any]:
        import apache_beam as beam
        import tensorflow_data_validation as tfdv

        path = str(tmp_path / "stats")
        large = [column.cast(pa.large_list(column.type.value_type)) for column in lists.columns]
        rows = pa.RecordBatch.from_arrays(large, lists.schema.names)
        with np.errstate(all="ignore"), warnings.catch_warnings(), beam.Pipeline() as pipeline:
            warnings.simplefilter("ignore")
            made = pipeline | beam.Create([rows]) | tfdv.GenerateStatistics(tfdv.StatsOptions(**options))
            _ = made | tfdv.WriteStatisticsToBinaryFile(path)
        datasets = {dataset.name: dataset for dataset in tfdv.load_stats_binary(path).datasets}
        for dataset in datasets.values():
            order = {name: place for place, name in enumerate(lists.schema.names)}
            features = sorted(dataset.features, key=lambda feature: order[feature.path.step[0]])
            del dataset.features[:]
            dataset.features.extend(features)
        return datasets

    return compute


@pytest.fixture(scope="session")
def differences() -> Callable[[Any, Any], list[str]]:
    """`differences(ours, theirs)`: where two messages differ, integers and texts at all, floats by more than 1e-6."""
    return _differences


def _drop_empty_levels(feature: Any) -> None:
    """TFDV writes the start values of its counters for a level of nesting without elements; we write nothing."""
    lengths = [custom for custom in feature.custom_stats if "value_list_length" in custom.name]
    empty = {custom.name.rpartition("_")[0] for custom in lengths if not custom.histogram.buckets}
    kept = [custom for custom in feature.custom_stats if custom.name.rpartition("_")[0] not in empty]
    del feature.custom_stats[:]
    feature.custom_stats.extend(kept)


def _as_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The form that tfx_bsl's decoder gives TFDV: every value in a list, text as bytes."""
    return pa.RecordBatch.from_arrays([_as_list(column) for column in batch.columns], batch.schema.names)


def _as_list(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type) or pa.types.is_null(column.type):
        return column
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        kind = pa.large_binary()
        column = column.cast(pa.binary()).cast(kind)
    return pa.array([None if value is None else [value] for value in column.to_pylist()], pa.large_list(kind))


def _differences(ours: Any, theirs: Any, place: str = "") -> list[str]:
    found = []
    names = {field.name: field for message in (ours, theirs) for field, _ in message.ListFields()}
    for name, field in sorted(names.items()):
        first, second, here = getattr(ours, name), getattr(theirs, name), f"{place}.{name}"
        if field.label != field.LABEL_REPEATED:
            first, second = [first], [second]
        if len(first) != len(second):
            found.append(f"{here}: {len(first)} entries, {len(second)} in TFDV's")
            continue
        for index, (mine, other) in enumerate(zip(first, second, strict=True)):
            if field.message_type:
                found += _differences(mine, other, f"{here}[{index}]")
            elif not _same(mine, other):
                found.append(f"{here}[{index}]: {mine!r}, {other!r} in TFDV's")
    return found


def _same(mine: Any, other: Any) -> bool:
    if not isinstance(mine, float):
        return mine == other
    return mine == other or (math.isnan(mine) and math.isnan(other)) or math.isclose(mine, other, rel_tol=1e-6)
