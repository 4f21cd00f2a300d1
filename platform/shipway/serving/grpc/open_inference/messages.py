"""kserve's messages without the rest of kserve, which takes seconds to import.

The module of messages is loaded from its file under a name of our own. Should kserve be imported later, it finds the
same descriptions in protobuf's common pool, and makes of them the same classes.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool

from shipway.errors import EnvironmentFault

KSERVE = "kserve"
FILE = Path("protocol", "grpc", "grpc_predict_v2_pb2.py")
KSERVE_NAME = "kserve.protocol.grpc.grpc_predict_v2_pb2"
OWN_NAME = "shipway_open_inference_pb2"

PACKAGE = "inference"
SERVICE = f"{PACKAGE}.GRPCInferenceService"


class KServeMissing(EnvironmentFault):
    """The messages are not installed."""

    def __init__(self) -> None:
        super().__init__("The messages of the Open Inference Protocol are missing: install shipway[serving].")


@cache
def messages() -> Any:
    """The module of messages, such as `ModelInferRequest`; raises `KServeMissing`."""
    for name in (KSERVE_NAME, OWN_NAME):
        if name in sys.modules:
            return sys.modules[name]
    package = importlib.util.find_spec(KSERVE)
    if package is None or not package.submodule_search_locations:
        raise KServeMissing
    spec = importlib.util.spec_from_file_location(OWN_NAME, Path(package.submodule_search_locations[0]) / FILE)
    if spec is None or spec.loader is None or not Path(str(spec.origin)).is_file():
        raise KServeMissing
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def index_messages() -> dict[str, Any]:
    """`RepositoryIndexRequest` and `RepositoryIndexResponse`, which kserve leaves out: as Triton has them."""
    pool: Any = DescriptorPool()
    pool.AddSerializedFile(_index_file().SerializeToString())
    names = ("RepositoryIndexRequest", "RepositoryIndexResponse")
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in names}


def _index_file() -> Any:
    text, flag = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_BOOL
    optional, repeated = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED
    file = FileDescriptorProto(name="shipway/serving/repository_index.proto", package=PACKAGE, syntax="proto3")
    request = file.message_type.add(name="RepositoryIndexRequest")
    request.field.add(name="repository_name", number=1, type=text, label=optional)
    request.field.add(name="ready", number=2, type=flag, label=optional)
    response = file.message_type.add(name="RepositoryIndexResponse")
    model = response.nested_type.add(name="ModelIndex")
    for number, name in enumerate(("name", "version", "state", "reason"), start=1):
        model.field.add(name=name, number=number, type=text, label=optional)
    models = response.field.add(name="models", number=1, type=FieldDescriptorProto.TYPE_MESSAGE, label=repeated)
    models.type_name = f".{PACKAGE}.RepositoryIndexResponse.ModelIndex"
    return file
