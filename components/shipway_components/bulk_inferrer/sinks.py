"""Where predictions go: for each split a function that takes a batch of rows and the model's outputs for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from shipway.artifacts import FORMAT_PARQUET, Examples, InferenceResult
from shipway.data.errors import UnknownColumn
from shipway.data.examples import ExamplesWriter
from shipway.data.model import Signature, feed_of
from shipway.data.tfrecord import RecordWriter
from shipway_components.bulk_inferrer.prediction_columns import with_predictions
from shipway_components.bulk_inferrer.prediction_logs import prediction_logs

Sink = Callable[[pa.RecordBatch, dict[str, np.ndarray]], None]


@contextmanager
def parquet_sink(result: InferenceResult, split: str, columns: Sequence[str]) -> Iterator[Sink]:
    """Rows with their predictions in `Split-<name>/data-*.parquet`; `columns` are the inputs to keep, none for all."""
    table = Examples(result.uri, path=result.path, metadata={"payload_format": FORMAT_PARQUET})
    with ExamplesWriter(table, split) as writer:
        yield lambda batch, outputs: writer.write(with_predictions(_kept(batch, columns, result.path), outputs))


@contextmanager
def examples_sink(examples: Examples, split: str, renamed: dict[str, str]) -> Iterator[Sink]:
    """Rows with the outputs in `renamed` as further features, in the payload format of `examples`."""
    with ExamplesWriter(examples, split) as writer:
        yield lambda batch, outputs: writer.write(with_predictions(batch, outputs, renamed))


@contextmanager
def log_sink(file: Path, signature: Signature) -> Iterator[Sink]:
    """What `signature` was fed and gave, as a TFRecord file of PredictionLog."""
    writer = RecordWriter(file)

    def write(batch: pa.RecordBatch, outputs: dict[str, np.ndarray]) -> None:
        writer.write(list(prediction_logs(feed_of(signature, batch), outputs, signature.name)))

    try:
        yield write
    finally:
        writer.close()


def _kept(batch: pa.RecordBatch, columns: Sequence[str], path: Path) -> pa.RecordBatch:
    if not columns:
        return batch
    for name in columns:
        if name not in batch.schema.names:
            raise UnknownColumn(name, batch.schema.names, path)
    kept = [batch.column(batch.schema.get_field_index(name)) for name in columns]
    return pa.RecordBatch.from_arrays(kept, names=list(columns))
