"""What the protocol says of the server and of its models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shipway.data.model.signature import SERVING_DEFAULT, Signature, TensorSpec
from shipway.serving.open_inference.datatypes import datatype_of
from shipway.serving.servable import Servable, ServedModel

SERVER_NAME = "shipway"
EXTENSIONS = ("binary_tensor_data", "model_repository")
SIGNATURE_NAME = "signature_name"
"""The parameter of an inference request that chooses a signature; without it the default one runs."""

READY = "READY"
INDEX_STATES = (READY, "LOADING", "UNLOADING", "UNAVAILABLE")
"""The states of versions in the repository's index."""


def server_metadata() -> dict[str, Any]:
    """The server's name, version and extensions."""
    from importlib.metadata import version

    return {"name": SERVER_NAME, "version": version("shipway"), "extensions": list(EXTENSIONS)}


def model_metadata(model: ServedModel, servable: Servable) -> dict[str, Any]:
    """The metadata of one version of a model, with the tensors of its default signature."""
    signature = default_signature(servable.model.signatures)
    return {
        "name": model.name,
        "versions": [str(version) for version in sorted(model.servables)],
        "platform": servable.model.platform,
        "inputs": _tensors(signature.inputs.values() if signature else ()),
        "outputs": _tensors(signature.outputs.values() if signature else ()),
    }


def default_signature(signatures: Mapping[str, Signature]) -> Signature | None:
    """The signature that a request without a name runs, if there is one."""
    return signatures.get(SERVING_DEFAULT)


def _tensors(specs: Iterable[TensorSpec]) -> list[dict[str, Any]]:
    return [{"name": spec.name, "datatype": datatype_of(spec), "shape": _shape(spec)} for spec in specs]


def _shape(spec: TensorSpec) -> list[int]:
    """The shape with -1 for what varies; where not even the rank is known, one such dimension."""
    return [-1] if spec.shape is None else [-1 if size is None else size for size in spec.shape]
