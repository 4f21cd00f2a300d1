"""tf.Examples in JSON, and classes and values in JSON, as TensorFlow Serving has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shipway.serving.examples.inputs import with_context
from shipway.serving.examples.results import ScoredClass
from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.column_reader import decode_base64, is_base64, json_type
from shipway.serving.rest.json_body import quoted, write_json

LARGEST_INT64 = 2**63 - 1
KINDS = {int: "int64", bool: "int64", float: "float", str: "bytes", dict: "bytes"}
"""The list of a tf.Feature that a JSON value goes into, by its type."""


class BadExamples(InvalidRequest):
    """The object has not the form of a classify or regress request."""


class BadFeature(InvalidRequest):
    """A feature that is no list of numbers or strings."""


def read_examples(request: Mapping[str, Any]) -> list[bytes]:
    """The serialized tf.Examples of a request, each on top of the context where there is one.

    Raises:
        BadExamples, BadFeature: it has another form.
    """
    if "examples" not in request:
        raise BadExamples("The key 'examples' is expected and was not found: send a list of objects of features.")
    examples = request["examples"]
    if type(examples) is not list:
        raise BadExamples(f"Expecting 'examples' value to be a list, and it is {quoted(examples)}.")
    if not examples:
        raise BadExamples("'examples' value is an empty array: send at least one example.")
    context = serialized_example(request["context"]) if "context" in request else b""
    return with_context([serialized_example(example) for example in examples], context)


def serialized_example(features: Any) -> bytes:
    """The tf.Example of a JSON object of features.

    Whole numbers and booleans become int64, other numbers float, text and {"b64": ...} bytes.

    Raises:
        BadExamples: it is no object.
        BadFeature: a feature mixes these, is nested, or holds anything else.
    """
    from tensorflow.core.example.example_pb2 import Example

    if type(features) is not dict:
        raise BadExamples(f"Example must be JSON object but got JSON {json_type(features)}: {quoted(features)}.")
    example = Example()
    fields = example.features.feature
    for name, content in features.items():
        _fill(fields[name], name, content if type(content) is list else [content])
    serialized: bytes = example.SerializeToString(deterministic=True)
    return serialized


def _fill(feature: Any, name: str, values: list[Any]) -> None:
    kinds = {_kind(name, value) for value in values}
    if not kinds:
        return
    if len(kinds) > 1:
        raise BadFeature(
            f"Unexpected element type in feature: {name} expecting type: {_kind(name, values[0])}: send values of one "
            f"kind, not {quoted(values)}."
        )
    kind = kinds.pop()
    if kind == "float":
        feature.float_list.value.extend(values)
    elif kind == "bytes":
        feature.bytes_list.value.extend([_bytes(name, value) for value in values])
    else:
        if max(values) > LARGEST_INT64:
            raise BadFeature(f"Feature: {name} has uint64_t element. Only int64_t is supported: {max(values)}.")
        feature.int64_list.value.extend(values)


def _kind(name: str, value: Any) -> str:
    kind = KINDS.get(type(value))
    if kind is None or (type(value) is dict and not is_base64(value)):
        raise BadFeature(
            f"Feature: {name} has element with unexpected JSON type: {json_type(value)}: send a number, text, "
            '{"b64": ...} or a flat list of them.'
        )
    return kind


def _bytes(name: str, value: Any) -> bytes:
    return value.encode() if type(value) is str else decode_base64(name, value)


def write_classifications(results: Sequence[Sequence[ScoredClass]]) -> bytes:
    """The response of classify: for each example a list of [label, score]."""
    return write_json({"results": [[[one.label, np.float32(one.score)] for one in classes] for classes in results]})


def write_regressions(values: Sequence[float]) -> bytes:
    """The response of regress: for each example a number."""
    return write_json({"results": np.array(values, np.float32)})
