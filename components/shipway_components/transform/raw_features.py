"""The raw examples in the form that TF Transform takes: batches of the schema's columns, and tensors of those."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import Examples
from shipway.data.columns import cast_column, is_list
from shipway.data.examples import read_split, split_columns
from shipway.data.tfxio import tfx_type
from shipway_components.transform.errors import FeatureAbsent, FeatureTypeDiffers, RowsWithoutValues

BATCH_ROWS = 65536
BATCH_BYTES = 32 << 20
"""A batch holds as many rows as fit into this, judged by the first ones, and at most BATCH_ROWS."""


class RawFeatures:
    """Reads examples as the features of one schema: absent columns are all missing, other columns are left out."""

    def __init__(self, examples: Examples, schema: schema_pb2.Schema):
        from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder
        from tfx_bsl.tfxio.tensor_adapter import TensorAdapter, TensorAdapterConfig
        from tfx_bsl.tfxio.tensor_representation_util import InferTensorRepresentationsFromMixedSchema

        self._examples = examples
        self.arrow_schema: pa.Schema = ExamplesToRecordBatchDecoder(schema.SerializeToString()).ArrowSchema()
        representations = InferTensorRepresentationsFromMixedSchema(schema)
        self.config = TensorAdapterConfig(self.arrow_schema, representations)
        self._adapter = TensorAdapter(self.config)
        self._dense_columns = {
            representation.dense_tensor.column_name
            for representation in representations.values()
            if representation.HasField("dense_tensor")
        }

    def type_specs(self) -> dict[str, Any]:
        """The `tf.TypeSpec` of each feature, batch dimension first."""
        return dict(self._adapter.OriginalTypeSpecs())

    def batches(self, splits: Sequence[str], rows: int | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of the splits, one after the other, as large-list columns of the schema's types.

        Raises:
          UnknownSplit: a split that the examples do not have.
          FeatureAbsent: a feature of fixed shape without a column.
          FeatureTypeDiffers: a column that is not of the schema's type.
        """
        for split in splits:
            present = split_columns(self._examples, split)
            names = [name for name in self.arrow_schema.names if present.get_field_index(name) >= 0]
            self._check_types(split, present)
            for batch in read_split(self._examples, split, names, rows or self._rows_per_batch(split, names)):
                yield self._as_schema(batch)

    def tensors(self, batch: pa.RecordBatch) -> dict[str, Any]:
        """A batch of `batches` as eager tensors by feature name.

        Raises:
          RowsWithoutValues: a feature of fixed shape of which a row has too few values, or too many.
        """
        try:
            return dict(self._adapter.ToBatchTensors(batch, produce_eager_tensors=True))
        except ValueError as error:
            named = re.search(r"handling tensor '(.*)'", str(error))
            if named is None:
                raise
            traceback.print_exc()
            raise RowsWithoutValues(named[1], str(error.__cause__)) from error

    def _rows_per_batch(self, split: str, names: Sequence[str]) -> int:
        first = next(read_split(self._examples, split, names, 64), None)
        if first is None or not first.num_rows:
            return BATCH_ROWS
        return max(1, min(BATCH_ROWS, BATCH_BYTES * first.num_rows // max(1, first.nbytes)))

    def _as_schema(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = []
        for field in self.arrow_schema:
            index = batch.schema.get_field_index(field.name)
            missing = index < 0
            columns.append(pa.nulls(batch.num_rows, field.type) if missing else cast_column(batch[index], field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self.arrow_schema)

    def _check_types(self, split: str, present: pa.Schema) -> None:
        for field in self.arrow_schema:
            index = present.get_field_index(field.name)
            if index < 0:
                if field.name in self._dense_columns:
                    raise FeatureAbsent(field.name, split, present.names)
                continue
            found = tfx_type(present.field(index).type)
            # An integer column serves as a float feature: a file whose values happen to be whole is no other feature.
            widened = field.type == pa.large_list(pa.float32()) and found == pa.large_list(pa.int64())
            if not (pa.types.is_null(found) or found.equals(field.type) or widened):
                raise FeatureTypeDiffers(field.name, split, _kind(found), _kind(field.type))


def _kind(column: pa.DataType) -> str:
    value = column.value_type if is_list(column) else column
    if pa.types.is_integer(value):
        return "INT"
    return "FLOAT" if pa.types.is_floating(value) else "BYTES"
