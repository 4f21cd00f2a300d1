"""GET /v1/models/{model}[/versions/{version}|/labels/{label}]/metadata: the signatures of a version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target

SHORT_NAMES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
"""The dtypes that tensorflow.DataType has other names for."""


async def model_metadata(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with TensorFlow Serving's GetModelMetadataResponse."""
    catalog = services.plane.catalog
    servable = catalog.model(target.model).find(target.version, target.label)
    body = {
        "model_spec": {"name": servable.name, "signature_name": "", "version": str(servable.version)},
        "metadata": {"signature_def": {"signature_def": signature_definitions(servable.model.signatures)}},
    }
    await exchange.respond(200, orjson.dumps(body))


def signature_definitions(signatures: Mapping[str, Signature]) -> dict[str, Any]:
    """Signatures as the JSON of SignatureDef, with all fields and under the names of the proto."""
    return {
        name: {
            "inputs": _tensors(signature.inputs),
            "outputs": _tensors(signature.outputs),
            "method_name": signature.method,
            "defaults": {},
        }
        for name, signature in signatures.items()
    }


def _tensors(specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
    return {name: _tensor(spec) for name, spec in specs.items()}


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    sizes = [{"size": "-1" if size is None else str(size), "name": ""} for size in spec.shape or ()]
    tensor = {
        "dtype": f"DT_{SHORT_NAMES.get(spec.dtype, spec.dtype.upper())}",
        "tensor_shape": {"dim": sizes, "unknown_rank": spec.shape is None},
    }
    return {**tensor, "name": spec.tensor_name} if spec.tensor_name else tensor
