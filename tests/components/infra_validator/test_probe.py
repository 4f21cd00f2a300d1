"""What the probe finds in models, looked at in this process."""

import json
import os

import pytest

from shipway_components.infra_validator.probe import ProbeRequest, run_probe

pytestmark = pytest.mark.tensorflow

NUMBERS = {
    "sound": lambda tf, x: tf.stack([x, x * 2], axis=1),
    "nan": lambda tf, x: tf.math.log(x - x) * 0.0,
    "one_answer": lambda tf, x: tf.reduce_sum(x, keepdims=True),
    "failing": lambda tf, x: tf.ensure_shape(x, [0]),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model with a signature for each way to answer the first number of `pair`."""
    import tensorflow as tf

    spec = tf.TensorSpec([None, 2], tf.float32, name="pair")
    signatures = {
        name: tf.function(lambda pair, answer=answer: {"out": answer(tf, pair[:, 0])}, [spec]).get_concrete_function()
        for name, answer in NUMBERS.items()
    }
    path = tmp_path_factory.mktemp("answers")
    tf.saved_model.save(tf.Module(), str(path), signatures=signatures)
    return path


@pytest.fixture
def seen(model, raw_examples):
    """The probe's last message for a request."""

    def probe(**given):
        reader, writer = os.pipe()
        request = {
            "model_path": str(model),
            "examples_path": str(raw_examples.path),
            "payload_format": raw_examples.payload_format,
            "split_names": tuple(raw_examples.split_names),
            "num_examples": 5,
            **given,
        }
        run_probe(ProbeRequest(**request), writer)
        os.close(writer)
        with os.fdopen(reader) as lines:
            return json.loads(lines.read().splitlines()[-1])

    return probe


def test_sound_answers_are_measured(seen):
    message = seen(signature_names=("sound",))
    assert message["reasons"] == []
    assert message["signatures"]["sound"]["rows"] == 5
    assert 0 < message["signatures"]["sound"]["median_ms"] <= message["signatures"]["sound"]["slowest_ms"]


def test_nan_is_a_reason(seen):
    assert seen(signature_names=("nan",))["reasons"] == ["Signature 'nan' gives NaN or infinity in 'out' for row 0."]


def test_an_answer_for_one_row_where_five_were_asked_is_a_reason(seen):
    assert seen(signature_names=("one_answer",))["reasons"] == [
        "Signature 'one_answer' gives 'out' the shape [1], whose first dimension must be the batch for 5 rows."
    ]


def test_a_failing_request_is_a_reason(seen):
    (reason,) = seen(signature_names=("failing",))["reasons"]
    assert reason.startswith("Signature 'failing' fails on a request of one row (InvalidArgumentError:")


def test_slow_answers_are_a_reason(seen):
    (reason,) = seen(signature_names=("sound",), max_latency_ms=0.0001)["reasons"]
    assert "for one row (the median of 5), over the limit of 0.0001 ms" in reason


def test_a_signature_that_is_not_there_is_a_reason(seen):
    (reason,) = seen(signature_names=("other",))["reasons"]
    assert reason.startswith("The model has no signature 'other'")


def test_a_folder_without_a_model_is_a_reason(seen, tmp_path):
    (reason,) = seen(model_path=str(tmp_path))["reasons"]
    assert "no saved_model.pb" in reason
