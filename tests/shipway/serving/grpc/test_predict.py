"""TensorFlow Serving's own client gets predictions, and a sentence for everything that is wrong."""

import threading

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow


def request(a=(1.5,), b=("x",), **spec):
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    made = PredictRequest()
    made.model_spec.name = spec.pop("name", "m")
    for field, value in spec.items():
        if field == "version":
            made.model_spec.version.value = value
        else:
            setattr(made.model_spec, field, value)
    made.inputs["a"].CopyFrom(tf.make_tensor_proto(a, tf.float32))
    made.inputs["b"].CopyFrom(tf.make_tensor_proto(b, tf.string))
    return made


def echo(array, signature, name="x"):
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    made = PredictRequest()
    made.model_spec.name, made.model_spec.signature_name = "m", signature
    made.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    return made


def arrays(response):
    import tensorflow as tf

    return {name: tf.make_ndarray(tensor) for name, tensor in response.outputs.items()}


def test_a_prediction_names_what_gave_it(prediction):
    response = prediction.Predict(request((1.5, -2.0), ("x", "é")))
    assert arrays(response)["a"].tolist() == [1.5, -2.0]
    assert arrays(response)["b"].tolist() == [b"x", "é".encode()]
    spec = response.model_spec
    assert (spec.name, spec.signature_name, spec.version.value) == ("m", "serving_default", 2)


def test_outputs_are_typed_fields_as_in_tensorflow_serving(prediction):
    tensor = prediction.Predict(request((1.5, 2.5), ("x", "y"))).outputs["a"]
    assert (list(tensor.float_val), tensor.tensor_content) == ([1.5, 2.5], b"")


@pytest.mark.parametrize(("spec", "version"), [({"version": 1}, 1), ({"version_label": "stable"}, 1), ({}, 2)])
def test_a_version_may_be_chosen_by_number_and_by_label(prediction, spec, version):
    assert prediction.Predict(request(**spec)).model_spec.version.value == version


def test_outputs_may_be_filtered(prediction):
    asked = request()
    asked.output_filter.append("b")
    assert set(prediction.Predict(asked).outputs) == {"b"}


def test_the_tracking_id_is_the_callers_or_made(prediction):
    _, call = prediction.Predict.with_call(request())
    assert len(dict(call.trailing_metadata())["x-tracking-id"]) == 24
    _, call = prediction.Predict.with_call(request(), metadata=[("x-tracking-id", "mine")])
    assert dict(call.trailing_metadata())["x-tracking-id"] == "mine"
    _, call = prediction.Predict.with_call(request(), metadata=[("x-tracking-id", "x" * 300)])
    assert len(dict(call.trailing_metadata())["x-tracking-id"]) == 24


def test_a_refusal_brings_the_callers_tracking_id(prediction):
    import grpc

    with pytest.raises(grpc.RpcError) as caught:
        prediction.Predict(request(name="no"), metadata=[("x-tracking-id", "mine")])
    assert dict(caught.value.trailing_metadata())["x-tracking-id"] == "mine"


@pytest.mark.parametrize(
    ("spec", "code", "sentence"),
    [
        ({"name": ""}, "INVALID_ARGUMENT", "ModelSpec has no name specified"),
        ({"name": "no"}, "NOT_FOUND", "Servable not found for request: Latest(no). Models served here: later, m."),
        ({"name": "later"}, "UNAVAILABLE", "No version of later is available yet"),
        ({"version": 9}, "NOT_FOUND", "Servable not found for request: Specific(m, 9). Versions available: 1, 2."),
        ({"version": -1}, "NOT_FOUND", "Specific(m, -1)"),
        ({"version_label": "no"}, "INVALID_ARGUMENT", "Unrecognized servable version label: no"),
        ({"version_label": ""}, "INVALID_ARGUMENT", "Unrecognized servable version label: ."),
        ({"signature_name": "no"}, "FAILED_PRECONDITION", 'Serving signature key "no" not found: the model has'),
        ({"signature_name": "quantized"}, "UNIMPLEMENTED", "'x' is qint8, which this server does not carry"),
        ({"signature_name": "slow"}, "INVALID_ARGUMENT", "Sent extra: {a,b}. Missing but required: {x}."),
    ],
)
def test_a_wrong_model_spec_is_told(prediction, refused, spec, code, sentence):
    got, details = refused(prediction.Predict, request(**spec))
    assert (got, sentence in details) == (code, True), details


def without(asked, *names):
    for name in names:
        del asked.inputs[name]
    return asked


def filtered(*aliases):
    asked = request()
    asked.output_filter.extend(aliases)
    return asked


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: without(request(), "b"), "input size does not match signature: 1!=2. Sent extra: {}. Missing but"),
        (lambda: without(request(), "a", "b"), "Missing but required: {a,b}."),
        (lambda: filtered("no"), "output tensor alias not found in signature: no. Outputs expected to be in the set"),
        (lambda: filtered("a", "a"), "duplicate output tensor alias: a."),
        (lambda: request(a=[[1.0]]), "The input 'a' has the shape [1, 1] and the signature takes float32[?]."),
        (lambda: request(a=3.0), "The input 'a' has the shape [] and the signature takes float32[?]."),
        (lambda: echo(np.float64([1.0]), "float32"), "The input 'x' takes float32 and was sent as float64."),
        (lambda: echo([b"x"], "int64"), "The input 'x' takes int64 and was sent as string."),
        (
            lambda: echo(np.zeros((2, 3)), "float64_matrix"),
            "has the shape [2, 3] and the signature takes float64[?, 2]",
        ),
        (lambda: echo([1.0], "float32", "z"), "Sent extra: {z}. Missing but required: {x}."),
    ],
)
def test_wrong_inputs_are_told_and_the_server_goes_on(prediction, refused, make, sentence):
    got, details = refused(prediction.Predict, make())
    assert (got, sentence in details) == ("INVALID_ARGUMENT", True), details
    assert prediction.Predict(request()).model_spec.name == "m"


def test_a_request_without_a_model_spec_is_told(prediction, refused):
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    assert refused(prediction.Predict, PredictRequest()) == (
        "INVALID_ARGUMENT",
        "Missing ModelSpec: set model_spec.name.",
    )


def test_a_failing_model_is_an_internal_error_of_one_sentence(prediction, refused):
    code, details = refused(prediction.Predict, request(a=[float("-inf")]))
    assert (code, details) == ("INTERNAL", "The model failed: ArithmeticError: negative infinity.")


def test_nan_goes_in_and_comes_out(prediction):
    assert np.isnan(arrays(prediction.Predict(request(a=[float("nan")])))["a"]).all()


def test_inputs_of_different_lengths_run_alone(prediction):
    response = prediction.Predict(request((1.0, 2.0, 3.0), ("x",)))
    assert {name: len(array) for name, array in arrays(response).items()} == {"a": 3, "b": 1}


def test_no_rows_give_none(prediction):
    assert arrays(prediction.Predict(echo(np.zeros((0, 2), np.float32), "float32_matrix")))["y"].shape == (0, 2)


def test_many_at_once_get_their_own_answers_from_common_batches(prediction, running):
    largest = 0
    for _ in range(10):  # a caller who happens to be slower than the model is answered one by one
        running.model.sizes.clear()
        calls = [prediction.Predict.future(request((float(n),), (str(n),))) for n in range(300)]
        for number, call in enumerate(calls):
            got = arrays(call.result())
            assert (got["a"].tolist(), got["b"].tolist()) == ([number], [str(number).encode()])
        assert sum(running.model.sizes) == 300
        largest = max(largest, *running.model.sizes)
        if largest > 1:
            break
    assert largest > 1


def test_the_callers_deadline_ends_the_wait(prediction, running):
    import grpc

    running.model.gate.clear()
    first = prediction.Predict.future(echo(np.float32([1.0]), "slow"), timeout=20)
    with pytest.raises(grpc.RpcError) as caught:
        prediction.Predict(echo(np.float32([2.0]), "slow"), timeout=0.2)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    running.model.gate.set()
    assert arrays(first.result())["y"].tolist() == [1.0]


def test_a_cancelled_call_never_runs(prediction, running):
    running.model.gate.clear()
    running.model.calls.clear()
    first = prediction.Predict.future(echo(np.float32([1.0]), "slow"))
    wait_until(lambda: running.model.calls == ["slow"])
    second = prediction.Predict.future(echo(np.float32([2.0]), "slow"))
    wait_until(lambda: running.plane.in_flight == 2)
    second.cancel()
    wait_until(lambda: running.plane.in_flight == 1)
    running.model.gate.set()
    first.result()
    prediction.Predict(request())
    assert running.model.calls == ["slow", "serving_default"]


def wait_until(condition):
    done = threading.Event()
    for _ in range(2000):
        if condition():
            return
        done.wait(0.005)
    raise AssertionError("it did not come about")


def test_an_overloaded_server_says_when_to_come_back(prediction, running, monkeypatch):
    import grpc

    monkeypatch.setattr(running.plane, "_max_in_flight", 0)
    with pytest.raises(grpc.RpcError) as caught:
        prediction.Predict(request())
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert dict(caught.value.trailing_metadata())["retry-after"] == "1"


def test_a_defect_is_logged_and_answered_without_its_text(prediction, refused, running, monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("secret")

    monkeypatch.setattr(running.plane, "open", broken)
    assert refused(prediction.Predict, request()) == ("INTERNAL", "Internal error: see the server's log.")
    monkeypatch.undo()
    assert "RuntimeError: secret" in caplog.text
    assert prediction.Predict(request()).model_spec.name == "m"
