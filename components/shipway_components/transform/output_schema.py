"""The schema of the transformed features, with what the analyzers found out about them.

The preprocessing function annotates tensors while it is traced: the range of an index into a vocabulary, for one. The
values of annotations are tensors of the same graph. TF Transform traces the function once more to compute them; here
they are computed from the graph that was saved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow.python.eager.lift_to_graph import UnliftableError
from tensorflow.python.eager.wrap_function import VariableHolder, WrappedFunction
from tensorflow_transform import DatasetMetadata, schema_inference


def output_schema(traced: Any, returned: Mapping[str, Any]) -> DatasetMetadata | None:
    """The metadata of a traced preprocessing function, whose tensors as it returned them are `returned`.

    None when an annotation depends on the data, so that it has no value without any.
    """
    annotations = _annotations(traced.graph, returned)
    flat = tf.nest.flatten(annotations)
    try:
        values = iter(_evaluate(traced.graph, [item for item in flat if isinstance(item, tf.Tensor)]))
    except UnliftableError:
        return None
    known = [next(values) if isinstance(item, tf.Tensor) else tf.constant(item) for item in flat]
    evaluated = tf.nest.pack_sequence_as(annotations, known)
    schema = schema_inference.infer_feature_schema_v2(
        traced.structured_outputs, lambda: evaluated, evaluate_schema_overrides=True
    )
    return DatasetMetadata(schema=schema)


def _annotations(graph: Any, returned: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Annotations by kind, in the form in which schema inference takes them; a feature is given by its name."""
    names = schema_inference._get_tensor_value_to_key_map(returned)
    ranges = schema_inference._get_schema_overrides(
        graph,
        names,
        schema_inference._TF_METADATA_TENSOR_COLLECTION,
        [
            schema_inference._TF_METADATA_TENSOR_MIN_COLLECTION,
            schema_inference._TF_METADATA_TENSOR_MAX_COLLECTION,
        ],
    )
    protos = schema_inference._get_schema_overrides(
        graph,
        names,
        schema_inference._TF_METADATA_EXTRA_ANNOTATION,
        [
            schema_inference._TF_METADATA_EXTRA_ANNOTATION_TYPE_URL,
            schema_inference._TF_METADATA_EXTRA_ANNOTATION_PROTO,
        ],
        schema_inference._TF_METADATA_EXTRA_ANNOTATION_GLOBAL,
    )
    found: dict[str, list[Any]] = defaultdict(list, **ranges, **protos)
    found[schema_inference._METADATA_SPARSE_OUTPUT_OVERRIDES_FIELD] = [
        schema_inference._get_sparse_output_annotations_v2(graph, names)
    ]
    return dict(found)


def _evaluate(graph: Any, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """The values of tensors that depend on no input."""
    if not tensors:
        return []
    whole = WrappedFunction(graph, variable_holder=VariableHolder(share_variables=True))
    return list(whole.prune([], tensors)())
