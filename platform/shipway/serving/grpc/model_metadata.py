"""GetModelMetadata of TensorFlow Serving's PredictionService: the signatures of a version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorflow.core.framework.types_pb2 import DataType
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.faults import InvalidRequest
from shipway.serving.grpc.model_spec import spec_of, target_of, write_spec
from shipway.serving.grpc.rpc import Rpc, parsed
from shipway.serving.servable import Catalog

SIGNATURE_DEF = "signature_def"

SHORT_NAMES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
"""The dtypes that tensorflow.DataType has other names for."""


class NoMetadataField(InvalidRequest):
    """A request that does not say what it wants to know."""

    def __init__(self) -> None:
        super().__init__(
            f"GetModelMetadataRequest must specify at least one metadata_field: ask for {SIGNATURE_DEF!r}."
        )


class UnknownMetadataField(InvalidRequest):
    """A field that is not kept."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Metadata field {name} is not supported: ask for {SIGNATURE_DEF!r}.")


class ModelMetadata:
    """The method."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def get_model_metadata(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(GetModelMetadataRequest, message)
        spec = spec_of(request)
        if not request.metadata_field:
            raise NoMetadataField
        for name in request.metadata_field:
            if name != SIGNATURE_DEF:
                raise UnknownMetadataField(name)
        model, version, label = target_of(spec)
        servable = self._catalog.model(model).find(version, label)
        response = GetModelMetadataResponse()
        write_spec(response.model_spec, servable.name, servable.version)
        response.metadata[SIGNATURE_DEF].Pack(signature_definitions(servable.model.signatures))
        serialized: bytes = response.SerializeToString()
        return serialized


def signature_definitions(signatures: Mapping[str, Signature]) -> Any:
    """Signatures as a SignatureDefMap."""
    definitions = SignatureDefMap()
    for name, signature in signatures.items():
        definition = definitions.signature_def[name]
        definition.method_name = signature.method
        for spec in signature.inputs.values():
            _describe(spec, definition.inputs[spec.name])
        for spec in signature.outputs.values():
            _describe(spec, definition.outputs[spec.name])
    return definitions


def _describe(spec: TensorSpec, tensor: Any) -> None:
    tensor.dtype = DataType.Value(f"DT_{SHORT_NAMES.get(spec.dtype, spec.dtype.upper())}")
    if spec.tensor_name:
        tensor.name = spec.tensor_name
    if spec.shape is None:
        tensor.tensor_shape.unknown_rank = True
        return
    tensor.tensor_shape.SetInParent()
    for size in spec.shape:
        tensor.tensor_shape.dim.add(size=-1 if size is None else size)
