"""The transform graph applied to every split, batch by batch, without Beam.

The graph is loaded as it was saved, so the rows that a model is trained on went through the very graph that it serves.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import Examples
from shipway.data.examples import ExamplesWriter
from shipway.data.prefetch import prefetched
from shipway_components.transform.columns import TransformedColumns
from shipway_components.transform.errors import TransformGraphFailed
from shipway_components.transform.raw_features import RawFeatures
from shipway_components.transform.user_lines import UserLines

Observer = Callable[[str, pa.RecordBatch], None]


class SplitTransformer:
    """Writes transformed splits; `observe` sees each transformed batch with the name of its split."""

    def __init__(self, raw: RawFeatures, graph: Path, schema: schema_pb2.Schema, lines: UserLines, observe: Observer):
        self.rows = 0
        self._raw = raw
        self._columns = TransformedColumns(schema)
        self._lines = lines
        self._observe = observe
        # The object that was loaded owns the tables that the function looks values up in.
        self._loaded = tf.saved_model.load(str(graph / "transform_fn"))

    def write(self, split: str, output: Examples, progress: Callable[[int], None]) -> None:
        """Transforms one split into `output`; `progress` is told the rows done so far, with those of earlier splits.

        Raises:
          TransformGraphFailed, TransformedRowsDiffer, RowsWithoutValues: data that the graph cannot take.
        """
        with ExamplesWriter(output, split) as writer:
            for batch in self._transformed(split):
                writer.write(batch)
                self._observe(split, batch)
                self.rows += batch.num_rows
                progress(self.rows)

    def _transformed(self, split: str) -> Iterator[pa.RecordBatch]:
        for batch in prefetched(self._raw.batches([split])):
            features = self._apply(split, self._raw.tensors(batch))
            yield self._columns.convert(features, batch.num_rows)

    def _apply(self, split: str, features: dict[str, Any]) -> dict[str, Any]:
        try:
            return dict(self._loaded.transform_fn(features))
        except tf.errors.OpError as error:
            traceback.print_exc()
            raise TransformGraphFailed([split], self._lines.module_file, self._lines.of(error), error) from error
