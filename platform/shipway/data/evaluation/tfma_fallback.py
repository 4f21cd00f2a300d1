"""Metrics that only TFMA computes, by TFMA's own evaluator over the predictions that are there already.

The model is not run again: rows become TFMA's extracts with labels, predictions, weights, features and slice keys, and
its pipeline runs in this process. It handles rows one by one, so it is slow; it is here so that every metric works.
Importing this module is cheap, calling it imports TFMA and Beam.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from shipway.data.columns import is_list
from shipway.data.evaluation.columns import Columns
from shipway.data.evaluation.compute import SliceMetrics
from shipway.data.evaluation.errors import MetricOptions, UnknownMetric
from shipway.data.evaluation.eval_result import read_attributions, read_metrics
from shipway.data.evaluation.metric_keys import AnySliceKey, SliceKey
from shipway.data.evaluation.metrics import METRIC_KINDS
from shipway.data.evaluation.slicing import Slices
from shipway.data.evaluation.views import class_numbers

if TYPE_CHECKING:
    from apache_beam import PTransform


def check_metrics(config: Any) -> None:
    """Raise `UnknownMetric` or `MetricOptions` for a metric of `config` that TFMA cannot make."""
    from tensorflow_model_analysis.metrics import metric_specs, metric_types
    from tensorflow_model_analysis.utils.keras_lib import tf_keras

    known = {*METRIC_KINDS, *metric_types.registered_metrics(), *dir(tf_keras.metrics)}
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            if not metric.module and metric.class_name not in known:
                raise UnknownMetric(metric.class_name, "", known)
            alone = type(spec)()
            alone.CopyFrom(spec)
            del alone.metrics[:]
            alone.metrics.append(metric)
            try:
                metric_specs.to_computations([alone], eval_config=config)
            except (ImportError, AttributeError) as error:
                raise UnknownMetric(metric.class_name, metric.module, known) from error
            except (TypeError, ValueError, NotImplementedError) as error:
                problem = f"cannot be used: {str(error).splitlines()[0]}"
                raise MetricOptions(metric.class_name, metric.config, problem) from error


def compute_with_tfma(
    config: Any, columns: Columns, partitions: Iterable[Slices], batches: Iterable[pa.RecordBatch], folder: Path
) -> tuple[dict[AnySliceKey, SliceMetrics], list[bytes]]:
    """Metrics and plots by slice, and serialized attributions, of all metrics of `config`.

    `batches` are the evaluated rows with their features, in the order of `columns`; files pass through `folder`.
    """
    extracts = _extracts(config, columns, _slice_keys(partitions, columns.rows), batches)
    transform = _evaluate_and_write(config, folder)
    _run(extracts, transform)
    return read_metrics(folder), read_attributions(folder)


def _run(extracts: Iterator[dict[str, Any]], transform: PTransform) -> None:
    import apache_beam as beam

    from shipway.data.beam import EagerRunner

    with beam.Pipeline(runner=EagerRunner()) as pipeline:
        _ = pipeline | beam.Create(list(extracts), reshuffle=False) | transform


def _evaluate_and_write(config: Any, folder: Path) -> PTransform:
    import apache_beam as beam
    import tensorflow_model_analysis as tfma

    evaluator = tfma.evaluators.MetricsPlotsAndValidationsEvaluator(config)
    names = (tfma.METRICS_KEY, tfma.PLOTS_KEY, tfma.ATTRIBUTIONS_KEY)
    writer = tfma.writers.MetricsPlotsAndValidationsWriter({name: str(folder / name) for name in names}, config)

    @beam.ptransform_fn
    def evaluate_and_write(extracts: Any) -> Any:
        return extracts | evaluator.stage_name >> evaluator.ptransform | writer.stage_name >> writer.ptransform

    return evaluate_and_write()


def _slice_keys(partitions: Iterable[Slices], rows: int) -> list[list[SliceKey]]:
    result: list[list[SliceKey]] = [[] for _ in range(rows)]
    for slices in partitions:
        members = range(rows) if slices.rows is None else slices.rows.tolist()
        for row, code in zip(members, slices.codes.tolist(), strict=True):
            result[row].append(slices.keys[code])
    return result


def _extracts(
    config: Any, columns: Columns, slice_keys: list[list[SliceKey]], batches: Iterable[pa.RecordBatch]
) -> Iterator[dict[str, Any]]:
    models = [_ModelRows(spec, columns) for spec in config.model_specs]
    row = 0
    for batch in batches:
        for features in _rows(batch):
            keys = np.empty(len(slice_keys[row]), dtype=object)
            keys[:] = slice_keys[row]
            yield {
                "features": features,
                "_slice_key_types": keys,
                "labels": _by_model({model.name: _at(model.labels, row) for model in models}),
                "predictions": _by_model({model.name: _at(model.predictions, row) for model in models}),
                "example_weights": _by_model({model.name: _at(model.weights, row) for model in models}),
            }
            row += 1


class _ModelRows:
    """Labels, predictions and weights of one model spec, by output name where there are several."""

    def __init__(self, spec: Any, columns: Columns) -> None:
        self.name = spec.name
        self.predictions = columns.predictions[spec.name].outputs
        vocabulary = columns.predictions[spec.name].vocabulary
        labels = {"": spec.label_key} if spec.label_key else dict(spec.label_keys)
        self.labels = {out: class_numbers(name, columns.labels[name], vocabulary) for out, name in labels.items()}
        weights = {"": spec.example_weight_key} if spec.example_weight_key else dict(spec.example_weight_keys)
        self.weights = {out: columns.weights[name] for out, name in weights.items()} or {"": np.ones(columns.rows)}


def _by_model(values: dict[str, Any]) -> Any:
    """TFMA keys what belongs to a model by its name where there are several models."""
    return next(iter(values.values())) if len(values) == 1 else values


def _at(arrays: dict[str, np.ndarray], row: int) -> Any:
    """One row of an only array, or of each by its output's name; a number is an array of one."""
    if len(arrays) == 1:
        return np.atleast_1d(next(iter(arrays.values()))[row])
    return {name: np.atleast_1d(values[row]) for name, values in arrays.items()}


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, np.ndarray]]:
    """The features of each row as arrays: empty where a value is missing, bytes for text."""
    columns = [_values(column) for column in batch.columns]
    for values in zip(*columns, strict=True):
        yield dict(zip(batch.schema.names, values, strict=True))


def _values(column: pa.Array) -> list[np.ndarray]:
    kind = column.type.value_type if is_list(column.type) else column.type
    if pa.types.is_integer(kind):
        dtype: Any = np.int64
    else:
        dtype = np.float32 if pa.types.is_floating(kind) else object
    return [np.array(_as_list(value), dtype=dtype) for value in column.to_pylist()]


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    return [item.encode() if isinstance(item, str) else item for item in values]
