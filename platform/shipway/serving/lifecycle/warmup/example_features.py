"""A tf.Example that a graph can parse, made of what its parsing ops say about themselves.

A signature that takes serialized tf.Examples says nothing about the features in them, and an empty example lacks those
that must be there. The ops that parse know: their keys, types and shapes are constants of the graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Nodes = Mapping[str, Any]

EMPTY = b""


def parseable_example(folder: Path) -> bytes:
    """A serialized tf.Example with zeros for each dense feature that the SavedModel in `folder` parses.

    An empty one where the folder holds no SavedModel or its parsing cannot be understood.
    """
    path = folder / "saved_model.pb"
    if not path.is_file():
        return EMPTY
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
    from tensorflow.train import Example

    example = Example()
    for meta_graph in SavedModel.FromString(path.read_bytes()).meta_graphs:
        graph = meta_graph.graph_def
        for group in (graph.node, *(function.node_def for function in graph.library.function)):
            _add_features(example, group)
    return bytes(example.SerializeToString())


def _add_features(example: Any, group: Any) -> None:
    parsing = [node for node in group if node.op in ("ParseExample", "ParseExampleV2", "ParseSingleExample")]
    if not parsing:
        return
    nodes = {node.name: node for node in group}
    for node in parsing:
        shapes = node.attr["dense_shapes"].list.shape
        for key, dtype, shape in zip(_dense_keys(node, nodes), node.attr["Tdense"].list.type, shapes, strict=False):
            _add_zeros(example.features.feature[key], dtype, shape)


def _dense_keys(node: Any, nodes: Nodes) -> Iterator[str]:
    if node.op == "ParseSingleExample":
        for key in node.attr["dense_keys"].list.s:
            yield key.decode()
        return
    inputs = [name for name in node.input if not name.startswith("^")]
    if node.op == "ParseExampleV2":  # serialized, names, sparse_keys, dense_keys, ragged_keys, dense_defaults...
        yield from _strings(inputs[3], nodes)
        return
    first = 2 + node.attr["Nsparse"].i  # serialized, names, one input for each sparse key, then for each dense key
    for name in inputs[first : first + node.attr["Ndense"].i]:
        yield from _strings(name, nodes)


def _strings(name: str, nodes: Nodes) -> Iterator[str]:
    """The strings of a constant, given by the input that refers to it; none for anything else."""
    node = nodes.get(name.partition(":")[0])
    if node is None or node.op != "Const":
        return
    from tensorflow import make_ndarray

    for value in make_ndarray(node.attr["value"].tensor).ravel().tolist():
        yield value.decode()


def _add_zeros(feature: Any, dtype: int, shape: Any) -> None:
    from tensorflow import dtypes

    count = math.prod(max(dimension.size, 1) for dimension in shape.dim)
    if feature.WhichOneof("kind"):
        return
    if dtype == dtypes.string.as_datatype_enum:
        feature.bytes_list.value.extend([b""] * count)
    elif dtype == dtypes.int64.as_datatype_enum:
        feature.int64_list.value.extend([0] * count)
    else:
        feature.float_list.value.extend([0.0] * count)
