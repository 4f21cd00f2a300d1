"""How features are kept in memory as tensors, and how a batch of rows is taken out of them.

Features of a fixed shape and one dtype share a matrix, so that a batch needs one gather for each dtype, not one for
each feature. Features of variable length are values and row splits. The few that neither can express
(tf.io.SparseFeature, partitioned ragged features) are kept as serialized tf.Examples and parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from shipway.data.tensors.columns import Values, column_values
from shipway.data.tensors.errors import ColumnUnfit, ValuesMissing
from shipway.data.tensors.feature_spec import FeatureSpec

Tensors = tuple[Any, ...]


class Storage(Protocol):
    """A group of features kept together: `arrays` of a whole table, `signature` of those, `batch` out of them."""

    def arrays(self, table: pa.Table) -> tuple[np.ndarray, ...]: ...

    def signature(self) -> Tensors: ...

    def batch(self, tensors: Tensors, rows: Any) -> dict[str, Any]: ...


@dataclass(frozen=True)
class DenseMatrix:
    """All features of a fixed shape and one dtype, side by side in one matrix [rows, sum of sizes]."""

    dtype: str
    spec: FeatureSpec

    def arrays(self, table: pa.Table) -> tuple[np.ndarray, ...]:
        blocks = [_dense(table, name, feature) for name, feature in self.spec.items()]
        return (np.concatenate(blocks, axis=1) if len(blocks) > 1 else blocks[0],)

    def signature(self) -> Tensors:
        import tensorflow as tf

        return (tf.TensorSpec([None, sum(_size(feature) for feature in self.spec.values())], self.dtype),)

    def batch(self, tensors: Tensors, rows: Any) -> dict[str, Any]:
        import tensorflow as tf

        taken = tf.gather(tensors[0], rows)
        sizes = [_size(feature) for feature in self.spec.values()]
        if all(feature.shape in ((), []) for feature in self.spec.values()):
            return dict(zip(self.spec, tf.unstack(taken, num=len(sizes), axis=1), strict=True))
        pieces = tf.split(taken, sizes, axis=1)
        return {
            name: tf.reshape(piece, [-1, *feature.shape])
            for (name, feature), piece in zip(self.spec.items(), pieces, strict=True)
        }


@dataclass(frozen=True)
class VariableLength:
    """One feature of variable length, a SparseTensor or RaggedTensor: values [all] and row splits [rows + 1]."""

    name: str
    dtype: str
    column: str
    ragged: bool

    def arrays(self, table: pa.Table) -> tuple[np.ndarray, ...]:
        values = column_values(table, self.column, self.dtype)
        return values.flat, np.concatenate([[0], np.cumsum(values.lengths)])

    def signature(self) -> Tensors:
        import tensorflow as tf

        return tf.TensorSpec([None], self.dtype), tf.TensorSpec([None], tf.int64)

    def batch(self, tensors: Tensors, rows: Any) -> dict[str, Any]:
        import tensorflow as tf

        flat, splits = tensors
        taken = tf.gather(tf.RaggedTensor.from_row_splits(flat, splits, validate=False), rows)
        return {self.name: taken if self.ragged else taken.to_sparse()}


@dataclass(frozen=True)
class Parsed:
    """Features that only the parser of tf.Examples can make: rows are encoded once and parsed a batch at a time."""

    spec: FeatureSpec

    def arrays(self, table: pa.Table) -> tuple[np.ndarray, ...]:
        from shipway.data.example_coder import encode_examples

        encoded = [example for batch in table.to_batches() for example in encode_examples(batch)]
        return (np.array(encoded, dtype=object),)

    def signature(self) -> Tensors:
        import tensorflow as tf

        return (tf.TensorSpec([None], tf.string),)

    def batch(self, tensors: Tensors, rows: Any) -> dict[str, Any]:
        import tensorflow as tf

        return tf.io.parse_example(tf.gather(tensors[0], rows), self.spec)


def plan_storage(spec: FeatureSpec) -> list[Storage]:
    """How to keep the features of `spec`."""
    import tensorflow as tf

    dense: dict[str, FeatureSpec] = {}
    variable: list[Storage] = []
    other: FeatureSpec = {}
    for name, feature in spec.items():
        if isinstance(feature, tf.io.FixedLenFeature):
            dense.setdefault(feature.dtype.name, {})[name] = feature
        elif isinstance(feature, tf.io.VarLenFeature):
            variable.append(VariableLength(name, feature.dtype.name, name, ragged=False))
        elif isinstance(feature, tf.io.RaggedFeature) and _is_plain(feature):
            variable.append(VariableLength(name, feature.dtype.name, feature.value_key or name, ragged=True))
        else:
            other[name] = feature
    matrices: list[Storage] = [DenseMatrix(dtype, features) for dtype, features in dense.items()]
    return [*matrices, *variable, *([Parsed(other)] if other else [])]


def source_columns(spec: FeatureSpec, columns: Sequence[str]) -> list[str]:
    """Those of `columns` that the features are made of."""
    wanted: set[str] = set()
    for name, feature in spec.items():
        keys = [name, getattr(feature, "value_key", None), *_index_keys(feature)]
        wanted.update(key for key in keys if key)
    return [name for name in columns if name in wanted]


def _index_keys(feature: Any) -> list[str]:
    keys = getattr(feature, "index_key", None) or []
    lengths = [partition.key for partition in getattr(feature, "partitions", ()) if hasattr(partition, "key")]
    return [*([keys] if isinstance(keys, str) else keys), *lengths]


def _is_plain(ragged: Any) -> bool:
    return not ragged.partitions and ragged.row_splits_dtype.name == "int64"


def _size(feature: Any) -> int:
    return int(np.prod(feature.shape, dtype=np.int64))


def _dense(table: pa.Table, name: str, feature: Any) -> np.ndarray:
    """[rows, size] of a feature of fixed shape; raises `ValuesMissing` and `ColumnUnfit`."""
    values, size = column_values(table, name, feature.dtype.name), _size(feature)
    missing = values.lengths == 0
    if missing.any() and size > 0:
        values = _with_default(values, name, feature, missing)
    if not (values.lengths == size).all():
        raise ColumnUnfit(name, f"of up to {int(values.lengths.max())} values a row", f"of shape {list(feature.shape)}")
    return values.flat.reshape(table.num_rows, size)


def _with_default(values: Values, name: str, feature: Any, missing: np.ndarray) -> Values:
    if feature.default_value is None:
        raise ValuesMissing(name, int(missing.sum()), len(missing))
    size = _size(feature)
    lengths = np.where(missing, size, values.lengths)
    filled = np.empty(int(lengths.sum()), values.flat.dtype)
    of_missing = np.repeat(missing, lengths)
    default = feature.default_value if isinstance(feature.default_value, list) else [feature.default_value] * size
    filled[of_missing] = np.tile(np.array(default, dtype=values.flat.dtype), int(missing.sum()))
    filled[~of_missing] = values.flat
    return Values(filled, lengths)
