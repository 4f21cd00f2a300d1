"""Warm-up requests that came with the model: `assets.extra/tf_serving_warmup_requests`.

As in TensorFlow Serving it is a TFRecord of `PredictionLog`s, 1,000 at most, of which predict, classify, regress and
multi-inference logs are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from shipway.data.errors import DamagedRecords
from shipway.data.model.signature import SERVING_DEFAULT, Signature
from shipway.errors import in_one_line
from shipway.serving.examples.inputs import NoExamples, with_context
from shipway.serving.lifecycle.faults import LoadFailed
from shipway.serving.lifecycle.warmup.request import WarmupRequest

REQUESTS = Path("assets.extra") / "tf_serving_warmup_requests"

MOST_RECORDS = 1000


class UnfitWarmup(LoadFailed):
    """Recorded requests that this model cannot be warmed with."""

    def __init__(self, path: Path, number: int, problem: str) -> None:
        super().__init__(
            f"The warm-up request {number} in {str(path)!r} {problem}: record it again, or serve with "
            "--enable_model_warmup=false."
        )


class TooManyWarmups(LoadFailed):
    """More requests than TensorFlow Serving takes."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Number of warmup records exceeds the maximum ({MOST_RECORDS}) at {str(path)!r}: keep fewer.")


def recorded_requests(folder: Path, signatures: Mapping[str, Signature]) -> Iterator[tuple[int, WarmupRequest]]:
    """The requests that the model in `folder` brings, each with the number of its record, from 1; none without a file.

    Raises:
        UnfitWarmup: a record that is broken, of another kind or of another model.
        TooManyWarmups: there are more than 1,000.
    """
    from shipway.data.tfrecord import read_records

    path = folder / REQUESTS
    if not path.is_file():
        return
    try:
        records = list(chain.from_iterable(read_records(path, MOST_RECORDS)))
    except DamagedRecords as error:
        raise UnfitWarmup(path, 1, f"cannot be read ({in_one_line(error)})") from error
    if len(records) > MOST_RECORDS:
        raise TooManyWarmups(path)
    for number, record in enumerate(records, 1):
        try:
            requests = list(_requests(record, signatures))
        except (KeyError, ValueError, TypeError, NoExamples) as error:
            raise UnfitWarmup(path, number, f"does not fit the model ({in_one_line(error)})") from error
        for request in requests:
            yield number, request


def _requests(record: bytes, signatures: Mapping[str, Signature]) -> Iterator[WarmupRequest]:
    from google.protobuf.message import DecodeError
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    try:
        log = PredictionLog.FromString(record)
    except DecodeError as error:
        raise ValueError("it is no PredictionLog") from error
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        yield _of_tensors(log.predict_log.request, signatures)
    elif kind in ("classify_log", "regress_log"):
        request = getattr(log, kind).request
        yield _of_examples(request.input, request.model_spec.signature_name, signatures)
    elif kind == "multi_inference_log":
        request = log.multi_inference_log.request
        for task in request.tasks:
            yield _of_examples(request.input, task.model_spec.signature_name, signatures)
    elif kind is not None:
        raise ValueError(f"Unsupported log_type for warmup: {kind}")


def _of_tensors(request: Any, signatures: Mapping[str, Signature]) -> WarmupRequest:
    from tensorflow import make_ndarray

    signature = _signature(request.model_spec.signature_name, signatures)
    if set(request.inputs) != set(signature.inputs):
        raise ValueError(f"it has the inputs {sorted(request.inputs)}, the signature takes {sorted(signature.inputs)}")
    feed = {name: np.asarray(make_ndarray(request.inputs[name])) for name in signature.inputs}
    for name, spec in signature.inputs.items():
        if feed[name].dtype != spec.numpy_dtype:
            raise ValueError(f"its input {name!r} is {feed[name].dtype}, the signature takes {spec}")
    return WarmupRequest(signature, feed)


def _of_examples(proto: Any, name: str, signatures: Mapping[str, Signature]) -> WarmupRequest:
    signature = _signature(name, signatures)
    if [spec.dtype for spec in signature.inputs.values()] != ["string"]:
        raise ValueError(f"the signature {signature.name!r} does not take serialized examples")
    given = getattr(proto, proto.WhichOneof("kind") or "example_list")
    context = given.context.SerializeToString() if hasattr(given, "context") else b""
    examples = with_context([example.SerializeToString() for example in given.examples], context)
    (input_name,) = signature.inputs
    return WarmupRequest(signature, {input_name: np.array(examples, object)})


def _signature(name: str, signatures: Mapping[str, Signature]) -> Signature:
    signature = signatures.get(name or SERVING_DEFAULT)
    if signature is None:
        raise ValueError(f"the model has no signature {name or SERVING_DEFAULT!r}")
    return signature
