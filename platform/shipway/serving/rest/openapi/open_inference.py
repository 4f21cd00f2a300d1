"""What bodies of the Open Inference Protocol look like, as JSON Schema."""

from __future__ import annotations

from shipway.serving.open_inference.datatypes import DATATYPES
from shipway.serving.open_inference.description import INDEX_STATES
from shipway.serving.rest.openapi.schemas import BOOLEAN, STRING, Schema, list_of, object_of, ref

DATATYPE: Schema = {"enum": list(DATATYPES.values())}
PARAMETERS: Schema = {"type": "object"}
DATA: Schema = {
    "type": "array",
    "description": "The elements in row-major order, in one list or nested as the shape says.",
}

OPEN_INFERENCE: dict[str, Schema] = {
    "InferRequest": object_of(
        ["inputs"],
        id=STRING,
        parameters={
            **object_of(signature_name=STRING, binary_data_output=BOOLEAN),
            "description": "signature_name chooses a signature; binary_data_output asks for all outputs in binary.",
        },
        inputs=list_of(ref("RequestTensor")),
        outputs=list_of(object_of(["name"], name=STRING, parameters=object_of(binary_data=BOOLEAN))),
    ),
    "RequestTensor": object_of(
        ["name", "shape", "datatype"],
        name=STRING,
        shape=list_of({"type": "integer", "minimum": 0}),
        datatype=DATATYPE,
        parameters={
            **object_of(binary_data_size={"type": "integer", "minimum": 0}),
            "description": "binary_data_size says how many bytes behind the JSON are this tensor's.",
        },
        data=DATA,
    ),
    "InferResponse": object_of(
        ["model_name", "model_version", "id", "outputs"],
        model_name=STRING,
        model_version=STRING,
        id=STRING,
        outputs=list_of(
            object_of(
                ["name", "shape", "datatype"],
                name=STRING,
                shape=list_of({"type": "integer", "minimum": 0}),
                datatype=DATATYPE,
                parameters=PARAMETERS,
                data=DATA,
            )
        ),
    ),
    "ServerMetadata": object_of(
        ["name", "version", "extensions"], name=STRING, version=STRING, extensions=list_of(STRING)
    ),
    "Models": object_of(["models"], models=list_of(STRING)),
    "OpenModelMetadata": object_of(
        ["name", "versions", "platform", "inputs", "outputs"],
        name=STRING,
        versions=list_of(STRING),
        platform=STRING,
        inputs=list_of(ref("TensorMetadata")),
        outputs=list_of(ref("TensorMetadata")),
    ),
    "TensorMetadata": object_of(
        ["name", "datatype", "shape"],
        name=STRING,
        datatype=DATATYPE,
        shape=list_of({"type": "integer", "minimum": -1}),
    ),
    "Live": object_of(["live"], live=BOOLEAN),
    "Ready": object_of(["ready"], ready=BOOLEAN),
    "ModelReady": object_of(["name", "ready"], name=STRING, ready=BOOLEAN),
    "IndexRequest": object_of(ready={"type": "boolean", "description": "Only versions that can be asked."}),
    "Index": list_of(
        object_of(
            ["name", "version", "state", "reason"],
            name=STRING,
            version=STRING,
            state={"enum": list(INDEX_STATES)},
            reason=STRING,
        )
    ),
    "Loaded": object_of(["name", "load"], name=STRING, load=BOOLEAN),
    "Unloaded": object_of(["name", "unload"], name=STRING, unload=BOOLEAN),
}
