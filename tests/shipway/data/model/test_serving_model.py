import numpy as np
import pyarrow as pa
import pytest

from shipway.data.model import ModelUnloadable, RowsLost, ServingModel, UnknownSignature, predict_batches
from shipway.data.model.loading import LARGE_BATCH

pytestmark = pytest.mark.tensorflow

ROWS = pa.RecordBatch.from_pydict({"x": pa.array([1.0, 2.0, 4.0], pa.float32()), "label": pa.array([0, 1, 0])})


@pytest.fixture(scope="module")
def doubling(tmp_path_factory):
    """A model that doubles `x`, by name and out of serialized tf.Examples, and one signature that loses the batch."""
    import tensorflow as tf

    module = tf.Module()
    module.factor = tf.Variable(2.0)

    def by_name(x):
        return {"doubled": x * module.factor}

    def by_example(examples):
        parsed = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([], tf.float32)})
        return {"doubled": parsed["x"] * module.factor}

    numbers = tf.TensorSpec([None], tf.float32, name="x")
    signatures = {
        "predict_features": tf.function(by_name, [numbers]),
        "serving_default": tf.function(by_example, [tf.TensorSpec([None], tf.string, name="examples")]),
        "total": tf.function(lambda x: {"total": tf.reduce_sum(x)}, [numbers]),
    }
    path = tmp_path_factory.mktemp("doubling")
    tf.saved_model.save(module, str(path), signatures={k: f.get_concrete_function() for k, f in signatures.items()})
    return path


@pytest.fixture(scope="module")
def loaded(doubling):
    return ServingModel.load(doubling, session_only=True)


@pytest.mark.parametrize("signature", ["", "predict_features", "serving_default"])
def test_both_ways_in_give_the_same(loaded, signature):
    assert loaded.in_session
    assert loaded.predict(ROWS, signature)["doubled"].tolist() == [2.0, 4.0, 8.0]


def test_a_batch_for_tensorflows_own_threads_gives_the_same(loaded):
    numbers = np.arange(LARGE_BATCH + 1, dtype=np.float32)
    assert loaded.call({"x": numbers}, "predict_features")["doubled"].tolist() == (2 * numbers).tolist()
    assert loaded.call({"x": numbers[:3]}, "predict_features")["doubled"].tolist() == [0.0, 2.0, 4.0]


def test_inputs_and_outputs_are_told(loaded):
    signature = loaded.signature("predict_features")
    assert signature.inputs["x"].dtype == "float32"
    assert signature.inputs["x"].shape == (None,)
    assert set(signature.outputs) == {"doubled"}


def test_named_features_are_preferred(loaded):
    assert loaded.signature().name == "predict_features"


def test_an_unknown_signature_is_named_with_those_there_are(loaded):
    with pytest.raises(UnknownSignature, match=r"no signature 'clasify'.*predict_features, serving_default, total"):
        loaded.predict(ROWS, "clasify")


def test_an_output_that_is_no_batch_is_an_error(loaded):
    with pytest.raises(RowsLost, match=r"'total' has shape \[\] for 3 rows"):
        loaded.predict(ROWS, "total")


def test_batches_are_predicted_one_after_the_other(doubling):
    answers = [
        outputs["doubled"].tolist() for _, outputs in predict_batches(doubling, [ROWS.slice(0, 1), ROWS.slice(1)])
    ]
    assert answers == [[2.0], [4.0, 8.0]]


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ModelUnloadable, match=r"no saved_model\.pb"):
        ServingModel.load(tmp_path)


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"not a model")
    with pytest.raises(ModelUnloadable, match=str(tmp_path)):
        ServingModel.load(tmp_path)


def test_what_a_session_cannot_run_is_called_eagerly(tmp_path):
    """`tf.saved_model.save` of a Keras 3 model: its variables are not there in a session."""
    import keras
    import tensorflow as tf

    inputs = keras.Input((1,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    function = tf.function(lambda x: {"y": model(x)}, [tf.TensorSpec([None, 1], tf.float32, name="x")])
    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": function})
    patient = ServingModel.load(tmp_path)
    assert patient.predict(ROWS)["y"].ravel().tolist() == [1.0, 2.0, 4.0]
    assert not patient.in_session
    strict = ServingModel.load(tmp_path, session_only=True)
    with pytest.raises(tf.errors.FailedPreconditionError):
        strict.predict(ROWS)


def test_missing_values_reach_the_model_as_markers(loaded):
    rows = pa.RecordBatch.from_pydict({"x": pa.array([None, 1.0], pa.float32())})
    assert np.isnan(loaded.predict(rows, "predict_features")["doubled"]).tolist() == [True, False]
