"""What bodies look like, as JSON Schema: TensorFlow Serving's, and the server's own."""

from __future__ import annotations

from typing import Any

from shipway.serving.config.traffic import ARM_NAME
from shipway.serving.faults import Code
from shipway.serving.servable import VersionState

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(required: list[str] | None = None, /, **properties: Schema) -> Schema:
    """An object that may have other properties too."""
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def list_of(items: Schema, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
NUMBERED: Schema = {"type": "string", "pattern": "^-?[0-9]+$"}
"""A whole number as text, as protobuf writes 64-bit numbers in JSON."""

VERSION: Schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
BYTES: Schema = {
    **object_of(["b64"], b64={"type": "string", "contentEncoding": "base64"}),
    "additionalProperties": False,
}
SIGNATURE_NAME: Schema = {
    "type": "string",
    "description": "The signature to run; serving_default where it is left out or empty.",
}
SCALAR: Schema = {"anyOf": [{"type": ["number", "string", "boolean"]}, ref("Bytes")]}

TARGET: Schema = {
    "oneOf": [
        object_of(["version"], version=VERSION),
        object_of(["label"], label={"type": "string", "minLength": 1}),
    ]
}

SERVING: dict[str, Schema] = {
    "Error": object_of(["error"], error={"type": "string", "description": "What is wrong, and the way out."}),
    "Bytes": BYTES,
    "PredictRequest": {
        **object_of(
            signature_name=SIGNATURE_NAME,
            instances={
                **list_of({}, least=1),
                "description": "Rows: objects of inputs by name, or values where the signature has one input.",
            },
            inputs={"description": "Columns: an object of inputs by name, or a value where there is one input."},
        ),
        "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
    },
    "PredictResponse": {
        "type": "object",
        "oneOf": [
            object_of(["predictions"], predictions=list_of({})),
            object_of(["outputs"], outputs={}),
        ],
    },
    "Example": {
        "type": "object",
        "description": "The features of a tf.Example by name.",
        "additionalProperties": {"anyOf": [SCALAR, list_of(SCALAR)]},
    },
    "ExamplesRequest": object_of(
        ["examples"],
        signature_name=SIGNATURE_NAME,
        context={**ref("Example"), "description": "Features that every example shares."},
        examples=list_of(ref("Example"), least=1),
    ),
    "ClassifyResponse": object_of(
        ["results"],
        results={
            **list_of(list_of({"type": "array", "prefixItems": [STRING, {"type": "number"}]})),
            "description": "For each example its classes, each as [label, score].",
        },
    ),
    "RegressResponse": object_of(["results"], results=list_of({"type": "number"})),
    "ModelStatus": object_of(
        ["model_version_status"],
        model_version_status=list_of(
            object_of(
                ["version", "state", "status"],
                version=NUMBERED,
                state={"enum": [state.name for state in VersionState]},
                status=object_of(
                    ["error_code", "error_message"],
                    error_code={"enum": [code.name for code in Code]},
                    error_message=STRING,
                ),
            )
        ),
    ),
    "TensorInfo": object_of(
        ["dtype", "tensor_shape"],
        dtype=STRING,
        tensor_shape=object_of(
            ["dim", "unknown_rank"],
            dim=list_of(object_of(["size", "name"], size=NUMBERED, name=STRING)),
            unknown_rank=BOOLEAN,
        ),
        name=STRING,
    ),
    "SignatureDef": object_of(
        ["inputs", "outputs", "method_name"],
        inputs={"type": "object", "additionalProperties": ref("TensorInfo")},
        outputs={"type": "object", "additionalProperties": ref("TensorInfo")},
        method_name=STRING,
    ),
    "ModelMetadata": object_of(
        ["model_spec", "metadata"],
        model_spec=object_of(
            ["name", "signature_name", "version"], name=STRING, signature_name=STRING, version=NUMBERED
        ),
        metadata=object_of(
            ["signature_def"],
            signature_def=object_of(
                ["signature_def"], signature_def={"type": "object", "additionalProperties": ref("SignatureDef")}
            ),
        ),
    ),
    "Label": object_of(["version"], version=VERSION),
    "Labels": object_of(["labels"], labels={"type": "object", "additionalProperties": VERSION}),
    "Traffic": {
        **object_of(["models"], models={"type": "object", "additionalProperties": ref("ModelTraffic")}),
        "additionalProperties": False,
    },
    "ModelTraffic": {
        **object_of(
            arms=list_of(ref("Arm"), least=1),
            sticky={
                "oneOf": [object_of(["header"], header=STRING), object_of(["input"], input=STRING)],
                "description": "What keeps a caller with its arm: a header or an input of the model.",
            },
            shadow={**TARGET, "properties": {"sample_rate": {"type": "number", "minimum": 0, "maximum": 1}}},
        ),
        "additionalProperties": False,
    },
    "Arm": {
        **TARGET,
        "required": ["name", "weight"],
        "properties": {
            "name": {"type": "string", "pattern": f"^{ARM_NAME.pattern}$"},
            "weight": {"type": "number", "minimum": 0},
        },
    },
    "Status": object_of(["status"], status=STRING),
}
