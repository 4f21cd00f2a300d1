"""What an evaluation keeps of the rows: labels, weights, predictions and slicing features, each one array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.evaluation.errors import NothingToEvaluate, UnknownColumnFor
from shipway.data.evaluation.feature_codes import FeatureCodes, FeatureEncoder
from shipway.data.evaluation.labels import join_labels, label_array, weight_array
from shipway.data.evaluation.predictions import PredictionCollector, Predictions
from shipway.data.evaluation.slicing import slicing_specs

Predict = Callable[[pa.RecordBatch], Mapping[str, np.ndarray]]
Enrich = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Gives rows more columns, for labels, weights and slices that are made and not read."""


def as_read(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows that have all columns already."""
    return batch


@dataclass(frozen=True)
class Columns:
    """The evaluated rows: those with every label; `skipped` counts the others.

    `labels` and `weights` are by column name, float64, [rows] or [rows, classes] (labels may be text, see
    `Predictions.vocabulary`); `predictions` by model name.
    """

    rows: int
    skipped: int
    labels: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    predictions: dict[str, Predictions]
    features: dict[str, FeatureCodes] = field(default_factory=dict)


def label_columns(config: Any) -> list[str]:
    """Every label that the model specs name."""
    return list(dict.fromkeys(key for spec in config.model_specs for key in spec_keys(spec, "label")))


def weight_columns(config: Any) -> list[str]:
    """Every example weight that the model specs name."""
    return list(dict.fromkeys(key for spec in config.model_specs for key in spec_keys(spec, "example_weight")))


def slicing_columns(config: Any) -> list[str]:
    """Every feature that a slicing spec names."""
    specs = slicing_specs(config)
    return sorted({name for spec in specs for name in (*spec.features, *(feature for feature, _ in spec.values))})


def spec_keys(model_spec: Any, purpose: str) -> list[str]:
    """The columns that a model spec names for "label" or "example_weight"."""
    single = getattr(model_spec, f"{purpose}_key")
    return [single] if single else list(getattr(model_spec, f"{purpose}_keys").values())


def check_columns(config: Any, names: Iterable[str]) -> None:
    """Raise `UnknownColumnFor` for the first column of `config` that is not among `names`."""
    there = list(names)
    for purpose, wanted in (
        ("label", label_columns(config)),
        ("example weight", weight_columns(config)),
        ("slicing feature", slicing_columns(config)),
    ):
        for column in wanted:
            if column not in there:
                raise UnknownColumnFor(purpose, column, there)


def collect_columns(
    config: Any,
    batches: Iterable[pa.RecordBatch],
    models: Mapping[str, Predict],
    *,
    enrich: Enrich = as_read,
    splits: Iterable[str] = (),
    progress: Callable[[int], None] = lambda rows: None,
) -> Columns:
    """Read the batches once, and call every model once per batch.

    Labels, weights and slicing features of a batch are checked before a model sees it; models see the rows as they
    were read, before `enrich`. Raises what `shipway.data.evaluation.errors` lists for labels, weights, slices and
    predictions.
    """
    collector = _Collector(config, models, enrich)
    seen = 0
    for batch in batches:
        seen += batch.num_rows
        collector.add(batch)
        progress(seen)
    if not collector.rows:
        raise NothingToEvaluate(splits, seen, ", ".join(label_columns(config)))
    return collector.finish()


class _Collector:
    def __init__(self, config: Any, models: Mapping[str, Predict], enrich: Enrich) -> None:
        self.config = config
        self.models = models
        self.enrich = enrich
        self.rows = 0
        self.skipped = 0
        self.labels: dict[str, list[np.ndarray]] = {name: [] for name in label_columns(config)}
        self.weights: dict[str, list[np.ndarray]] = {name: [] for name in weight_columns(config)}
        self.features = {name: FeatureEncoder() for name in slicing_columns(config)}
        self.predictions = {spec.name: PredictionCollector(spec, config.metrics_specs) for spec in config.model_specs}
        self.checked: pa.Schema | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        rich = self.enrich(batch)
        if self.checked is None or not rich.schema.equals(self.checked):
            check_columns(self.config, rich.schema.names)
            self.checked = rich.schema
        kept = has_labels(rich, self.labels)
        if kept is not None:
            self.skipped += batch.num_rows - kept.true_count
            batch, rich = batch.filter(kept), rich.filter(kept)
        if not batch.num_rows:
            return
        for name, parts in self.labels.items():
            parts.append(label_array(name, _column(rich, name), self.rows))
        for name, parts in self.weights.items():
            parts.append(weight_array(name, _column(rich, name), self.rows))
        for name, encoder in self.features.items():
            encoder.add(_column(rich, name))
        for name, predict in self.models.items():
            self.predictions[name].add(predict(batch))
        self.rows += batch.num_rows

    def finish(self) -> Columns:
        return Columns(
            rows=self.rows,
            skipped=self.skipped,
            labels={name: join_labels(name, parts) for name, parts in self.labels.items()},
            weights={name: np.concatenate(parts) for name, parts in self.weights.items()},
            predictions={name: self.predictions[name].finish() for name in self.models},
            features={name: encoder.finish() for name, encoder in self.features.items()},
        )


def labelled_rows(batch: pa.RecordBatch, labels: Iterable[str]) -> pa.RecordBatch:
    """The rows of `batch` that have every label."""
    kept = has_labels(batch, labels)
    return batch if kept is None else batch.filter(kept)


def has_labels(batch: pa.RecordBatch, labels: Iterable[str]) -> pa.BooleanArray | None:
    """Which rows have every label, or None where all do."""
    kept = None
    for name in labels:
        column = _column(batch, name)
        if column.null_count:
            valid = column.is_valid()
            kept = valid if kept is None else pc.and_(kept, valid)
    return kept


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    column = batch.column(batch.schema.get_field_index(name))
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
