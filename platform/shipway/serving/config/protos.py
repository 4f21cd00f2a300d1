"""The messages of TensorFlow Serving's configuration files that its Python package leaves out.

They are built here, in a pool of their own: a package that brings them one day would otherwise collide with these in
protobuf's common pool. Names, numbers and types are those of tensorflow_serving's session_bundle_config.proto,
monitoring_config.proto and ssl_config.proto.
"""

from __future__ import annotations

from functools import cache
from typing import Any

PACKAGE = "tensorflow.serving"

INT64, BOOL, STRING = "int64", "bool", "string"
INT64_VALUE, BOOL_VALUE, STRING_VALUE = (f".google.protobuf.{kind}Value" for kind in ("Int64", "Bool", "String"))

MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "BatchingParameters": {
        "max_batch_size": (1, INT64_VALUE),
        "batch_timeout_micros": (2, INT64_VALUE),
        "max_enqueued_batches": (3, INT64_VALUE),
        "num_batch_threads": (4, INT64_VALUE),
        "thread_pool_name": (5, STRING_VALUE),
        "allowed_batch_sizes": (6, INT64),
        "pad_variable_length_inputs": (7, BOOL),
        "enable_large_batch_splitting": (8, BOOL_VALUE),
        "max_execution_batch_size": (9, INT64_VALUE),
    },
    "PrometheusConfig": {"enable": (1, BOOL), "path": (2, STRING)},
    "MonitoringConfig": {"prometheus_config": (1, f".{PACKAGE}.PrometheusConfig")},
    "SSLConfig": {
        "server_key": (1, STRING),
        "server_cert": (2, STRING),
        "custom_ca": (3, STRING),
        "client_verify": (4, BOOL),
    },
}
"""Message to field to number and type; a type that starts with a dot is a message."""

REPEATED = {("BatchingParameters", "allowed_batch_sizes")}


def new_message(name: str) -> Any:
    """An empty message of `MESSAGES`."""
    return _classes()[name]()


@cache
def _classes() -> dict[str, Any]:
    from google.protobuf import message_factory, wrappers_pb2
    from google.protobuf.descriptor_pool import DescriptorPool

    pool: Any = DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(_file().SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


def _file() -> Any:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

    plain = {
        INT64: FieldDescriptorProto.TYPE_INT64,
        BOOL: FieldDescriptorProto.TYPE_BOOL,
        STRING: FieldDescriptorProto.TYPE_STRING,
    }
    file = FileDescriptorProto(
        name="shipway/serving/config.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=["google/protobuf/wrappers.proto"],
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            repeated = (name, field_name) in REPEATED
            field = message.field.add(name=field_name, number=number)
            field.label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
            if kind in plain:
                field.type = plain[kind]
            else:
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, kind
    return file
