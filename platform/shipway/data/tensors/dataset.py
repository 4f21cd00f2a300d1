"""The `tf.data.Dataset` of a split, whatever its payload format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow_hotfix  # noqa: F401 - see shipway.data.columns

from shipway.data.autograph import libraries_unconverted
from shipway.data.tensors.errors import LabelUnknown
from shipway.data.tensors.feature_spec import FeatureSpec, feature_spec, infer_feature_spec
from shipway.data.tensors.files import is_parquet, match_files

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

MEMORY_BUDGET = 2 << 30
"""Bytes of columns up to which a dataset is kept in memory and shuffled as a whole."""


@libraries_unconverted()
def make_dataset(
    file_patterns: Sequence[str] | str,
    options: Any,
    schema: schema_pb2.Schema | None = None,
    memory_budget: int = MEMORY_BUDGET,
) -> Any:
    """What TFX calls `data_accessor.tf_dataset_factory`.

    Args:
        file_patterns: files of a split.
        options: `TensorFlowDatasetOptions`, ours or tfx_bsl's.
        schema: the schema of the data, transformed or raw. None takes the columns of Parquet files as they are.
        memory_budget: bytes of columns up to which all rows are kept in memory, and each epoch is one permutation of
            all of them. Larger data is read in windows of that size: row groups in random order, their rows shuffled
            within a window.

    Returns:
        A `tf.data.Dataset` of dicts of tensors, batch first (see `feature_spec` for their shapes), or of pairs of such
        a dict and the label where `options.label_key` is set. It is deterministic for a given `shuffle_seed`, or
        numpy's global seed where that is None.

    Raises:
        NoFiles, MixedPayloads, NoRows, UnusableSchema, LabelUnknown, ValuesMissing, ColumnUnfit.
    """
    files = match_files(file_patterns)
    if not is_parquet(files):
        from shipway.data.tensors.records import records_dataset

        spec = feature_spec(schema) if schema is not None else _spec_of_records(files)
        return records_dataset(files, _with_label(spec, options.label_key), options, _seed(options))
    spec = feature_spec(schema) if schema is not None else infer_feature_spec(pq.read_schema(files[0]))
    from shipway.data.tensors.columnar import columnar_dataset

    return columnar_dataset(files, _with_label(spec, options.label_key), options, _seed(options), memory_budget)


def _with_label(spec: FeatureSpec, label_key: str | None) -> FeatureSpec:
    if label_key is not None and label_key not in spec:
        raise LabelUnknown(label_key, sorted(spec))
    return spec


def _seed(options: Any) -> int:
    seed = options.shuffle_seed
    return int(np.random.randint(2**31)) if seed is None else int(seed)


def _spec_of_records(files: Sequence[Any]) -> FeatureSpec:
    from shipway.data.record_columns import infer_record_columns

    columns: pa.Schema = infer_record_columns(files)
    return infer_feature_spec(columns)
