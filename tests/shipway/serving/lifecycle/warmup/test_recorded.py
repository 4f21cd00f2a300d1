"""Warm-up requests that come with a model are run before it is served, and must not fail."""

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.data.tfrecord import frame_records
from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.lifecycle.warmup.recorded import (
    MOST_RECORDS,
    REQUESTS,
    TooManyWarmups,
    UnfitWarmup,
    recorded_requests,
)
from shipway.serving.lifecycle.warmup.running import warm_up

pytestmark = pytest.mark.tensorflow

OUTPUTS = {"y": TensorSpec("y", "float32", (None,))}
SIGNATURES = {
    "serving_default": Signature(
        "serving_default",
        {"x": TensorSpec("x", "float32", (None,)), "word": TensorSpec("word", "string", (None,))},
        OUTPUTS,
    ),
    "classify": Signature("classify", {"inputs": TensorSpec("inputs", "string", (None,))}, OUTPUTS),
}


@pytest.fixture(scope="module")
def apis():
    """TensorFlow's Example and make_tensor_proto, and TensorFlow Serving's PredictionLog."""
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    return tf.train.Example, tf.make_tensor_proto, PredictionLog


@pytest.fixture
def predict(apis):
    """A log of a predict request."""
    _, make_tensor_proto, PredictionLog = apis

    def make(signature="", **inputs):
        log = PredictionLog()
        log.predict_log.request.model_spec.signature_name = signature
        for name, value in inputs.items():
            log.predict_log.request.inputs[name].CopyFrom(make_tensor_proto(value))
        return log.SerializeToString()

    return make


@pytest.fixture
def examples(apis):
    """A log of a request with examples, two of them, under a context."""
    Example, _, PredictionLog = apis

    def make(kind, with_context=False):
        log = PredictionLog()
        if kind == "multi_inference_log":
            log.multi_inference_log.request.tasks.add().model_spec.signature_name = "classify"
            log.multi_inference_log.request.tasks.add().model_spec.signature_name = "classify"
        else:
            getattr(log, kind).request.model_spec.signature_name = "classify"
        request = getattr(log, kind).request
        listed = request.input.example_list_with_context if with_context else request.input.example_list
        for number in (1.0, 2.0):
            example = Example()
            example.features.feature["x"].float_list.value.append(number)
            listed.examples.append(example)
        if with_context:
            listed.context.features.feature["c"].int64_list.value.append(7)
        return log.SerializeToString()

    return make


@pytest.fixture
def folder(tmp_path):
    (tmp_path / REQUESTS).parent.mkdir()
    return tmp_path


def record(folder, *records):
    (folder / REQUESTS).write_bytes(frame_records(records))
    return [request for _, request in recorded_requests(folder, SIGNATURES)]


def test_predict_requests_are_tensors_by_name(folder, predict):
    (request,) = record(folder, predict(x=np.float32([1, 2]), word=[b"a", b"b"]))
    assert request.signature.name == "serving_default"
    assert request.feed["x"].tolist() == [1.0, 2.0]
    assert request.feed["word"].tolist() == [b"a", b"b"]
    assert request.feed["word"].dtype == object


@pytest.mark.parametrize(("kind", "times"), [("classify_log", 1), ("regress_log", 1), ("multi_inference_log", 2)])
def test_requests_with_examples_are_serialized_examples(folder, examples, apis, kind, times):
    requests = record(folder, examples(kind))
    assert len(requests) == times
    for request in requests:
        assert request.signature.name == "classify"
        parsed = [apis[0].FromString(text) for text in request.feed["inputs"]]
        assert [example.features.feature["x"].float_list.value[0] for example in parsed] == [1.0, 2.0]


def test_a_context_is_a_part_of_every_example(folder, examples, apis):
    (request,) = record(folder, examples("classify_log", with_context=True))
    for text in request.feed["inputs"]:
        features = apis[0].FromString(text).features.feature
        assert features["c"].int64_list.value[0] == 7
        assert features["x"].float_list.value[0] > 0


def test_a_model_without_the_file_has_none(tmp_path):
    assert list(recorded_requests(tmp_path, SIGNATURES)) == []


def test_a_log_of_nothing_is_passed_over(folder):
    assert record(folder, b"") == []


def unfit(predict, apis):
    streamed, nothing = apis[2](), apis[2]()
    streamed.session_run_log.SetInParent()
    nothing.classify_log.request.model_spec.signature_name = "classify"
    return {
        r"it is no PredictionLog": b"\xff\xff",
        r"Unsupported log_type for warmup: session_run_log": streamed.SerializeToString(),
        r"the model has no signature 'other'": predict("other"),
        r"it has the inputs \['x'\], the signature takes \['word', 'x'\]": predict(x=np.float32([1])),
        r"its input 'x' is float64, the signature takes float32\[\?\]": predict(x=np.float64([1]), word=[b""]),
        r"Input is empty": nothing.SerializeToString(),
    }


@pytest.mark.parametrize("case", range(6))
def test_records_that_do_not_fit_are_named_by_their_number(folder, predict, apis, case):
    problem, broken = list(unfit(predict, apis).items())[case]
    good = predict(x=np.float32([1]), word=[b"a"])
    with pytest.raises(
        UnfitWarmup, match=rf"warm-up request 2 in '.*warmup_requests' does not fit.*{problem}.*: record"
    ):
        record(folder, good, broken)


def test_a_file_that_is_no_tfrecord_is_named(folder):
    (folder / REQUESTS).write_bytes(b"not a record at all")
    with pytest.raises(UnfitWarmup, match=r"cannot be read \(DamagedRecords"):
        list(recorded_requests(folder, SIGNATURES))


def test_more_than_a_thousand_are_refused(folder):
    assert record(folder, *[b""] * MOST_RECORDS) == []
    with pytest.raises(TooManyWarmups, match=r"exceeds the maximum \(1000\)"):
        record(folder, *[b""] * (MOST_RECORDS + 1))


def test_recorded_requests_are_run_as_often_as_asked_for_and_then_as_batches(folder, predict, arithmetic_model):
    (folder / REQUESTS).write_bytes(frame_records([predict(x=np.float32([1, 2, 3]), name=[b"a", b"b", b"c"])]))
    model = arithmetic_model()
    timings = warm_up(model, folder, LifecycleSettings(warmup_iterations=3, warmup_batch_sizes=(1, 8)))
    assert model.sizes == [3] * 3 + [1] * 4 + [8] * 4
    assert [(timing.signature.name, timing.rows) for timing in timings] == [
        ("serving_default", 1),
        ("serving_default", 8),
    ]


def test_a_recorded_request_that_fails_is_named(folder, predict, arithmetic_model):
    records = [predict(x=np.float32([x]), name=[b"a"]) for x in (1, -np.inf)]
    (folder / REQUESTS).write_bytes(frame_records(records))
    with pytest.raises(
        UnfitWarmup, match=r"request 2 in .* fails \(ArithmeticError: negative infinity\): record it again"
    ):
        warm_up(arithmetic_model(), folder, LifecycleSettings())
