"""TensorFlow Serving's requests that hold tf.Examples, as messages that leave the examples serialized.

The model wants them serialized, so parsing them only to write them again would be wasted; TensorFlow Serving reads its
requests by such a twin, too. Names and numbers of fields are those of its classification.proto, regression.proto,
inference.proto and input.proto.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from tensorflow_serving.apis import model_pb2

PACKAGE = "shipway.serving.examples"
BYTES: Any = FieldDescriptorProto.TYPE_BYTES
STRING: Any = FieldDescriptorProto.TYPE_STRING
MODEL_SPEC = ".tensorflow.serving.ModelSpec"
INPUT = f".{PACKAGE}.Input"

Field = tuple[int, Any, bool]
"""Number, type (a message's name, or one of protobuf's numbers) and whether it is repeated."""

MESSAGES: dict[str, dict[str, Field]] = {
    "ExampleList": {"examples": (1, BYTES, True)},
    "ExampleListWithContext": {"examples": (1, BYTES, True), "context": (2, BYTES, False)},
    "Input": {
        "example_list": (1, f".{PACKAGE}.ExampleList", False),
        "example_list_with_context": (2, f".{PACKAGE}.ExampleListWithContext", False),
    },
    "ClassificationRequest": {"model_spec": (1, MODEL_SPEC, False), "input": (2, INPUT, False)},
    "RegressionRequest": {"model_spec": (1, MODEL_SPEC, False), "input": (2, INPUT, False)},
    "InferenceTask": {"model_spec": (1, MODEL_SPEC, False), "method_name": (2, STRING, False)},
    "MultiInferenceRequest": {"tasks": (1, f".{PACKAGE}.InferenceTask", True), "input": (2, INPUT, False)},
}


def message_class(name: str) -> Any:
    """A class of `MESSAGES`."""
    return _classes()[name]


def examples_of(request: Any) -> tuple[list[bytes], bytes]:
    """The serialized examples of a request, and the serialized context beneath them, empty where there is none."""
    kind = request.input
    if kind.HasField("example_list_with_context"):
        held = kind.example_list_with_context
        return held.examples[:], held.context
    return kind.example_list.examples[:], b""


@cache
def _classes() -> dict[str, Any]:
    pool: Any = descriptor_pool.Default()
    pool.AddSerializedFile(_file().SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


def _file() -> Any:
    file = FileDescriptorProto(
        name="shipway/serving/examples.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[model_pb2.DESCRIPTOR.name],
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind, is_repeated) in fields.items():
            field = message.field.add(name=field_name, number=number)
            field.label = FieldDescriptorProto.LABEL_REPEATED if is_repeated else FieldDescriptorProto.LABEL_OPTIONAL
            if isinstance(kind, str):
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, kind
            else:
                field.type = kind
    kinds = next(message for message in file.message_type if message.name == "Input")
    kinds.oneof_decl.add(name="kind")
    for field in kinds.field:
        field.oneof_index = 0
    return file
