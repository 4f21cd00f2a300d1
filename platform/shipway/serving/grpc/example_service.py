"""Classify, Regress and MultiInference of TensorFlow Serving's PredictionService."""

from __future__ import annotations

from typing import Any

from tensorflow_serving.apis.classification_pb2 import ClassificationResponse
from tensorflow_serving.apis.inference_pb2 import MultiInferenceResponse
from tensorflow_serving.apis.regression_pb2 import RegressionResponse

from shipway.data.model.signature import SERVING_DEFAULT
from shipway.serving.examples.inference import Task, classify, multi_inference, regress
from shipway.serving.examples.inputs import with_context
from shipway.serving.examples.results import ScoredClass
from shipway.serving.grpc.example_messages import examples_of, message_class
from shipway.serving.grpc.model_spec import NoModelName, spec_of, target_of, write_spec
from shipway.serving.grpc.rpc import Rpc, parsed
from shipway.serving.plane import DataPlane


class ExampleInference:
    """The three methods.

    Args:
        check_method: take only signatures whose method name says that they are for this.
    """

    def __init__(self, plane: DataPlane, *, check_method: bool) -> None:
        self._plane = plane
        self._check_method = check_method

    async def classify(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(message_class("ClassificationRequest"), message)
        spec = spec_of(request)
        with rpc.open(*target_of(spec)) as call:
            examples = with_context(*examples_of(request))
            result = await classify(self._plane, call, spec.signature_name, examples, check_method=self._check_method)
            response = ClassificationResponse()
            _write_name(response, call.servable, spec)
            _write_classifications(response.result, result)
            return _serialized(response)

    async def regress(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(message_class("RegressionRequest"), message)
        spec = spec_of(request)
        with rpc.open(*target_of(spec)) as call:
            examples = with_context(*examples_of(request))
            result = await regress(self._plane, call, spec.signature_name, examples, check_method=self._check_method)
            response = RegressionResponse()
            _write_name(response, call.servable, spec)
            _write_regressions(response.result, result)
            return _serialized(response)

    async def multi_inference(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(message_class("MultiInferenceRequest"), message)
        if not request.tasks:
            raise NoModelName
        tasks = [Task(t.model_spec.name, t.model_spec.signature_name, t.method_name) for t in request.tasks]
        with rpc.open(*target_of(request.tasks[0].model_spec)) as call:
            examples = with_context(*examples_of(request))
            results = await multi_inference(self._plane, call, tasks, examples, check_method=self._check_method)
            response = MultiInferenceResponse()
            for task, result in zip(request.tasks, results, strict=True):
                one = response.results.add()
                _write_name(one, call.servable, task.model_spec)
                if result.classifications is not None:
                    _write_classifications(one.classification_result, result.classifications)
                else:
                    _write_regressions(one.regression_result, result.regressions or [])
            return _serialized(response)


def _write_name(response: Any, servable: Any, asked: Any) -> None:
    write_spec(response.model_spec, servable.name, servable.version, asked.signature_name or SERVING_DEFAULT)


def _write_classifications(result: Any, classifications: list[list[ScoredClass]]) -> None:
    for classes in classifications:
        added = result.classifications.add().classes
        for label, score in classes:
            added.add(label=label, score=score)


def _write_regressions(result: Any, values: list[float]) -> None:
    for value in values:
        result.regressions.add(value=value)


def _serialized(response: Any) -> bytes:
    message: bytes = response.SerializeToString()
    return message
