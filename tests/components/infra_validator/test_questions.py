"""What a model server is asked, and what its answers tell about models."""

import dataclasses

import pytest

from shipway.client import Client
from shipway_components.infra_validator.isolation import Limits, probe_model
from shipway_components.infra_validator.model_server import HOST, MODEL_NAME
from shipway_components.infra_validator.questions import NoSignature, Questions, ask
from shipway_components.infra_validator.server_process import ServerProcess

pytestmark = pytest.mark.tensorflow

NUMBERS = {
    "sound": lambda tf, x: tf.stack([x, x * 2], axis=1),
    "nan": lambda tf, x: tf.math.log(x - x) * 0.0,
    "one_answer": lambda tf, x: tf.reduce_sum(x, keepdims=True),
    "failing": lambda tf, x: tf.ensure_shape(x, [0]),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model with a signature for each way to answer the first number of `pair`, and one that no session can run:
    `tf.saved_model.save` leaves the variables of Keras 3 where a session does not find them."""
    import keras
    import tensorflow as tf

    spec = tf.TensorSpec([None, 2], tf.float32, name="pair")
    signatures = {
        name: tf.function(lambda pair, answer=answer: {"out": answer(tf, pair[:, 0])}, [spec]).get_concrete_function()
        for name, answer in NUMBERS.items()
    }
    pair = keras.Input((2,), name="pair")
    keras_model = keras.Model(pair, keras.layers.Dense(1)(pair))
    signatures["eager_only"] = tf.function(lambda pair: {"out": keras_model(pair)}, [spec]).get_concrete_function()
    path = tmp_path_factory.mktemp("answers")
    tf.saved_model.save(keras_model, str(path), signatures=signatures)
    return path


@pytest.fixture(scope="module")
def client(model):
    """A client of a server with the model, in a process of its own."""
    server = ServerProcess.start(str(model), 30.0, forked=False)
    port = server.next("loading", 60.0)["port"]
    assert server.next("loading", 60.0)["stage"] == "loaded"
    with Client(f"http://{HOST}:{port}", MODEL_NAME, retries=0) as client:
        yield client
    server.close()


@pytest.fixture
def asked(client, raw_examples):
    """What comes of asking five rows."""
    questions = Questions(
        examples_path=str(raw_examples.path),
        payload_format=raw_examples.payload_format,
        split_names=tuple(raw_examples.split_names),
        num_examples=5,
    )
    return lambda **given: ask(client, dataclasses.replace(questions, **given))


def test_sound_answers_are_measured(asked):
    answers = asked(signature_names=("sound",))
    assert answers.reasons == []
    assert answers.signatures["sound"]["rows"] == 5
    assert 0 < answers.signatures["sound"]["median_ms"] <= answers.signatures["sound"]["slowest_ms"]


def test_nan_is_a_reason(asked):
    assert asked(signature_names=("nan",)).reasons == ["Signature 'nan' gives NaN or infinity in 'out' for row 0."]


def test_an_answer_for_one_row_where_five_were_asked_is_a_reason(asked):
    assert asked(signature_names=("one_answer",)).reasons == [
        "Signature 'one_answer' gives 'out' the shape [1], whose first dimension must be the batch for 5 rows."
    ]


def test_a_failing_request_is_a_reason(asked):
    (reason,) = asked(signature_names=("failing",)).reasons
    assert reason.startswith("Signature 'failing' fails on a request of one row (InvalidArgumentError:")


def test_slow_answers_are_a_reason(asked):
    (reason,) = asked(signature_names=("sound",), max_latency_ms=0.0001).reasons
    assert "for one row (the median of 5), over the limit of 0.0001 ms" in reason


def test_a_signature_that_is_not_there_is_named_with_those_there_are(asked):
    with pytest.raises(NoSignature) as error:
        asked(signature_names=("other",))
    assert str(error.value) == "The model has no signature 'other': it has eager_only, failing, nan, one_answer, sound."


def test_without_examples_nothing_is_asked(asked):
    answers = asked(examples_path="")
    assert (answers.reasons, answers.signatures) == ([], {})


def test_what_only_eager_code_can_run_is_refused_because_tensorflow_serving_could_not(asked):
    (reason,) = asked(signature_names=("eager_only",)).reasons
    assert reason.startswith("Signature 'eager_only' fails on a request of one row (")
    assert "Could not find variable" in reason


def test_a_folder_without_a_model_is_a_reason_at_once(tmp_path):
    (reason,) = probe_model(str(tmp_path), Questions(), Limits(60.0, 60.0)).reasons
    assert reason.startswith(f"The model in '{tmp_path}' cannot be loaded (there is no saved_model.pb): ")
