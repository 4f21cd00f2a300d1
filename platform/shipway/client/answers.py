"""What the server answers, as typed values; nothing here touches the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.client.errors import BadAnswer

ONLY_OUTPUT = "outputs"
"""What the output of a signature with a single one is called here: the API leaves its name out."""

AVAILABLE = "AVAILABLE"
LONGEST_QUOTE = 200


@dataclass(frozen=True)
class Prediction:
    """An answer.

    Attributes:
        outputs: for each output its values, one for each row, as JSON gives them: numbers (NaN and infinities too),
            text, lists. An only output is called "outputs"; bytes are {"b64": ...}, as in the API.
        tracking_id: under which the server logged it.
        seconds: between the call and its answer, with all retries.
        arm: of a client-side split, else empty.
    """

    outputs: dict[str, Any]
    tracking_id: str = ""
    seconds: float = 0.0
    arm: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """The outputs of each row."""
        return [dict(zip(self.outputs, row, strict=True)) for row in zip(*self.outputs.values(), strict=True)]


@dataclass(frozen=True)
class VersionStatus:
    """Where a version is in its life: START, LOADING, AVAILABLE, UNLOADING or END; `message` says why it ended."""

    version: int
    state: str
    message: str = ""


@dataclass(frozen=True)
class TensorMetadata:
    """An input or output: `dtype` as numpy names it ("float32"; "string"), None in `shape` for what varies."""

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class SignatureMetadata:
    """A signature's inputs and outputs by name."""

    name: str
    inputs: dict[str, TensorMetadata]
    outputs: dict[str, TensorMetadata]


@dataclass(frozen=True)
class ModelMetadata:
    """A version's signatures."""

    model: str
    version: int
    signatures: dict[str, SignatureMetadata]


def read_json(url: str, status: int, body: bytes) -> dict[str, Any]:
    """The object that an answer is; raises `BadAnswer`."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BadAnswer(url, status, f"the answer begins with {body[:60].decode('utf-8', 'replace')!r}")
    return value


def read_sentence(body: bytes) -> str:
    """The error that an answer carries; the beginning of its text where it is in no known form."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        error = body.decode("utf-8", "replace")
    text = " ".join(str(error).split())[:2000]
    return text or "no reason is given."


def read_prediction(url: str, status: int, body: bytes, tracking_id: str, seconds: float) -> Prediction:
    """Raises `BadAnswer`."""
    answer = read_json(url, status, body)
    if "predictions" in answer:
        outputs = _columns(answer["predictions"])
    elif "outputs" in answer:
        given = answer["outputs"]
        outputs = given if isinstance(given, dict) and given.keys() != {"b64"} else {ONLY_OUTPUT: given}
    else:
        raise BadAnswer(url, status, "the answer has neither 'predictions' nor 'outputs'")
    return Prediction(outputs, tracking_id, seconds)


def _columns(rows: list[Any]) -> dict[str, Any]:
    first = rows[0] if rows else None
    if isinstance(first, dict) and first.keys() != {"b64"}:
        return {name: [row[name] for row in rows] for name in first}
    return {ONLY_OUTPUT: rows}


def read_status(url: str, status: int, body: bytes) -> list[VersionStatus]:
    """Versions, the highest first; raises `BadAnswer`."""
    versions = read_json(url, status, body).get("model_version_status")
    if not isinstance(versions, list):
        raise BadAnswer(url, status, "the answer has no 'model_version_status'")
    found = [
        VersionStatus(int(one["version"]), one["state"], one.get("status", {}).get("error_message", ""))
        for one in versions
    ]
    return sorted(found, key=lambda one: -one.version)


def read_metadata(url: str, status: int, body: bytes) -> ModelMetadata:
    """Raises `BadAnswer`."""
    answer = read_json(url, status, body)
    try:
        spec = answer["model_spec"]
        definitions = answer["metadata"]["signature_def"]["signature_def"]
        signatures = {name: _signature(name, one) for name, one in definitions.items()}
        return ModelMetadata(spec["name"], int(spec.get("version") or 0), signatures)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(url, status, "the answer is not a model's metadata") from error


def _signature(name: str, definition: Mapping[str, Any]) -> SignatureMetadata:
    return SignatureMetadata(name, _tensors(definition["inputs"]), _tensors(definition["outputs"]))


def _tensors(tensors: Mapping[str, Any]) -> dict[str, TensorMetadata]:
    return {name: TensorMetadata(name, _dtype(info["dtype"]), _shape(info)) for name, info in sorted(tensors.items())}


def _dtype(name: str) -> str:
    plain = name.removeprefix("DT_").lower()
    return {"float": "float32", "double": "float64", "half": "float16"}.get(plain, plain)


def _shape(info: Mapping[str, Any]) -> tuple[int | None, ...] | None:
    shape = info.get("tensor_shape", {})
    if shape.get("unknown_rank"):
        return None
    sizes = [int(dim.get("size", 0)) for dim in shape.get("dim", [])]
    return tuple(None if size < 0 else size for size in sizes)
