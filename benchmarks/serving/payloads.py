"""One row as each protocol carries it, and the answer read back out of it.

The bytes are what a client of that protocol sends by default: rows in TensorFlow Serving's and KServe's REST, tensors
in the Open Inference Protocol, protobufs behind gRPC's five bytes of length.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import features

MODEL = "m"
OUTPUT = "outputs"
JSON, GRPC = "application/json", "application/grpc"


@dataclass(frozen=True)
class Protocol:
    """One protocol: `name` is its body's file, `title` what people read.

    `encode` makes the body of a request from rows; `decode` reads the first answer out of a response's body (of gRPC:
    out of the message).
    """

    name: str
    title: str
    path: str
    content_type: str
    encode: Callable[[list[features.Row]], bytes]
    decode: Callable[[bytes], float]

    @property
    def is_grpc(self) -> bool:
        return self.content_type == GRPC


def _tensorflow_rows(rows: list[features.Row]) -> bytes:
    return json.dumps({"signature_name": "serving_default", "instances": rows}).encode()


def _kserve_rows(rows: list[features.Row]) -> bytes:
    return json.dumps({"instances": rows}).encode()


def _first_prediction(body: bytes) -> float:
    # A model of one output answers [[1.5]]; some servers name the output in every row.
    first = json.loads(body)["predictions"][0]
    first = first[OUTPUT] if isinstance(first, dict) else first
    return float(first[0] if isinstance(first, list) else first)


def _tensors(rows: list[features.Row]) -> list[dict[str, Any]]:
    kinds = ((features.FLOATS, "FP32"), (features.INTEGERS, "INT64"), (features.STRINGS, "BYTES"))
    return [
        {"name": name, "shape": [len(rows)], "datatype": kind, "data": [row[name] for row in rows]}
        for names, kind in kinds
        for name in names
    ]


def _open_inference(rows: list[features.Row]) -> bytes:
    return json.dumps({"inputs": _tensors(rows)}).encode()


def _first_datum(body: bytes) -> float:
    return float(json.loads(body)["outputs"][0]["data"][0])


def _open_inference_grpc(rows: list[features.Row]) -> bytes:
    from kserve.protocol.grpc.grpc_predict_v2_pb2 import ModelInferRequest

    fields = {"FP32": "fp32_contents", "INT64": "int64_contents", "BYTES": "bytes_contents"}
    request = ModelInferRequest(model_name=MODEL)
    for tensor in _tensors(rows):
        data = [value.encode() if isinstance(value, str) else value for value in tensor["data"]]
        field = fields[tensor["datatype"]]
        request.inputs.add(
            name=tensor["name"], datatype=tensor["datatype"], shape=tensor["shape"], contents={field: data}
        )
    return framed(request.SerializeToString())


def _first_grpc_datum(message: bytes) -> float:
    from kserve.protocol.grpc.grpc_predict_v2_pb2 import ModelInferResponse

    response = ModelInferResponse.FromString(message)
    if response.raw_output_contents:
        return float(struct.unpack_from("<f", response.raw_output_contents[0])[0])
    return float(response.outputs[0].contents.fp32_contents[0])


def _tensorflow_grpc(rows: list[features.Row]) -> bytes:
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    dtypes = {"FP32": tf.float32, "INT64": tf.int64, "BYTES": tf.string}
    request = PredictRequest()
    request.model_spec.name = MODEL
    for tensor in _tensors(rows):
        proto = tf.make_tensor_proto(tensor["data"], dtypes[tensor["datatype"]], tensor["shape"])
        request.inputs[tensor["name"]].CopyFrom(proto)
    return framed(request.SerializeToString())


def _first_tensor_value(message: bytes) -> float:
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictResponse

    return float(tf.make_ndarray(PredictResponse.FromString(message).outputs[OUTPUT]).ravel()[0])


def framed(message: bytes) -> bytes:
    """The message as gRPC sends it: a byte that says "not compressed", its length in four bytes, itself."""
    return struct.pack(">BI", 0, len(message)) + message


TENSORFLOW_REST = Protocol(
    "tensorflow-rest", "REST rows", f"/v1/models/{MODEL}:predict", JSON, _tensorflow_rows, _first_prediction
)
KSERVE_REST = Protocol("kserve-rest", "REST rows", f"/v1/models/{MODEL}:predict", JSON, _kserve_rows, _first_prediction)
OPEN_INFERENCE_REST = Protocol(
    "open-inference-rest", "REST V2", f"/v2/models/{MODEL}/infer", JSON, _open_inference, _first_datum
)
OPEN_INFERENCE_GRPC = Protocol(
    "open-inference-grpc",
    "gRPC V2",
    "/inference.GRPCInferenceService/ModelInfer",
    GRPC,
    _open_inference_grpc,
    _first_grpc_datum,
)
TENSORFLOW_GRPC = Protocol(
    "tensorflow-grpc",
    "gRPC TensorFlow Serving",
    "/tensorflow.serving.PredictionService/Predict",
    GRPC,
    _tensorflow_grpc,
    _first_tensor_value,
)
PROTOCOLS = (TENSORFLOW_REST, KSERVE_REST, OPEN_INFERENCE_REST, OPEN_INFERENCE_GRPC, TENSORFLOW_GRPC)
