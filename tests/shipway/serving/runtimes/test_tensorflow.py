"""SavedModels of every kind load as TensorFlow Serving loads them, and answer rightly through the fast call."""

import gc
import weakref

import numpy as np
import pytest

from shipway.data.autograph import libraries_unconverted
from shipway.data.model import ServingModel
from shipway.data.model.loading import LoadingOptions
from shipway.serving.faults import InvalidRequest
from shipway.serving.runtimes import runtimes
from shipway.serving.runtimes.tensorflow import TensorFlowRuntime

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def tf():
    import tensorflow as tf

    return tf


@pytest.fixture(scope="module")
def load():
    """Loads a folder into a session, and gives the model as the core has it."""
    runtime = TensorFlowRuntime(LoadingOptions(session_only=True))
    runtime.prepare()
    return runtime.load


def save(tf, module, path, function, **specs):
    signature = tf.function(function, [tf.TensorSpec(shape, dtype, name) for name, (shape, dtype) in specs.items()])
    tf.saved_model.save(module, str(path), signatures=signature.get_concrete_function())


def ask(model, **feed):
    return {name: array.tolist() for name, array in model.call(model.signatures["serving_default"], feed).items()}


def test_a_lookup_table_with_a_vocabulary_file(tf, load, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("cash\ncard\n")
    module = tf.Module()
    entries = tf.lookup.TextFileInitializer(
        str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    module.table = tf.lookup.StaticVocabularyTable(entries, 1)
    save(tf, module, tmp_path / "1", lambda word: {"id": module.table.lookup(word)}, word=([None], tf.string))
    words.unlink()  # the model has its own copy
    assert ask(load(tmp_path / "1"), word=np.array([b"card", b"unheard", b"cash"], object)) == {"id": [1, 2, 0]}


def test_loops_and_branches(tf, load, tmp_path):
    module = tf.Module()
    module.base = tf.Variable(2.0)

    def power(x, times):
        raised = tf.while_loop(lambda i, _: i < times, lambda i, y: (i + 1, y * module.base), [tf.constant(0), x])[1]
        return {"y": tf.cond(times > 3, lambda: -raised, lambda: raised)}

    save(tf, module, tmp_path, power, x=([None], tf.float32), times=([], tf.int32))
    model = load(tmp_path)
    x = np.array([1, 3], np.float32)
    assert ask(model, x=x, times=np.array(3, np.int32)) == {"y": [8.0, 24.0]}
    assert ask(model, x=x, times=np.array(4, np.int32)) == {"y": [-16.0, -48.0]}


def test_a_keras_2_model_whose_lambda_layer_is_not_run_as_python(tf, load, tmp_path):
    import tf_keras

    runs = []

    def double(x):
        runs.append("run")
        return x * 2

    inputs = tf_keras.Input((1,), name="x")
    hidden = tf_keras.layers.Lambda(double)(inputs)
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(1, kernel_initializer="ones", name="y")(hidden))
    with libraries_unconverted():
        model.save(tmp_path, save_format="tf")
    assert (tmp_path / "keras_metadata.pb").is_file()
    runs.clear()
    assert ask(load(tmp_path), x=np.array([[1], [4]], np.float32)) == {"y": [[2.0], [8.0]]}
    assert runs == []


def test_what_a_session_cannot_run_is_called_eagerly_and_frees_its_session(tf, tmp_path):
    """`tf.saved_model.save` of a Keras 3 model leaves its variables out of a session's sight."""
    import keras

    inputs = keras.Input((1,), name="x")
    network = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    save(tf, network, tmp_path, lambda x: {"y": network(x)}, x=([None, 1], tf.float32))
    model = TensorFlowRuntime().load(tmp_path)
    session = weakref.ref(model._model._caller._session)
    assert ask(model, x=np.array([[3]], np.float32)) == {"y": [[3.0]]}
    assert not model._model.in_session
    gc.collect()
    assert session() is None
    model.close()


def test_a_wrong_input_is_the_callers_fault_and_the_models_own_is_not(tf, load, tmp_path):
    module = tf.Module()
    module.table = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, -1)

    def strict(x):
        return {"y": tf.ensure_shape(x, [2])}

    save(tf, module, tmp_path, strict, x=([None], tf.float32))
    model = load(tmp_path)
    assert ask(model, x=np.zeros(2, np.float32)) == {"y": [0.0, 0.0]}
    with pytest.raises(InvalidRequest, match="InvalidArgumentError"):
        ask(model, x=np.zeros(3, np.float32))
    with pytest.raises(InvalidRequest, match="expect float"):
        ask(model, x=np.zeros(2))


def test_tags_and_the_session_config_are_passed_on(tf, tmp_path):
    save(tf, tf.Module(), tmp_path, lambda x: {"y": x}, x=([None], tf.float32))
    config = tf.compat.v1.ConfigProto(inter_op_parallelism_threads=1).SerializeToString()
    given = {runtime.platform: runtime for runtime in runtimes(("serve",), config)}
    assert list(given) == ["tensorflow", "sklearn"]
    model = given["tensorflow"].load(tmp_path)
    assert model._model._caller._session._config.inter_op_parallelism_threads == 1
    with pytest.raises(Exception, match="'gpu'"):
        runtimes(("serve", "gpu"), b"")[0].load(tmp_path)


def test_memory_is_given_back(tf, load, tmp_path):
    """Twenty versions of 4 MiB after each other take no more than a few of them."""
    from shipway.serving.lifecycle.memory import freeze_imports_of, give_back

    freeze_imports_of("tensorflow")
    module = tf.Module()
    module.weights = tf.Variable(tf.random.normal([1024, 1024]))
    save(tf, module, tmp_path, lambda x: {"y": x @ module.weights}, x=([None, 1024], tf.float32))
    x = np.ones((1, 1024), np.float32)

    def swap():
        model = load(tmp_path)
        model.call(model.signatures["serving_default"], {"x": x})
        model.close()
        give_back()

    for _ in range(3):
        swap()
    before = resident_mib()
    for _ in range(20):
        swap()
    assert resident_mib() - before < 16


def resident_mib() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def test_models_that_the_trainer_exports_are_loaded_in_a_session(load, tmp_path):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    from shipway_components.trainer import export_model

    schema = text_format.Parse(
        'feature { name: "n" type: FLOAT shape {} presence { min_fraction: 1 } }', schema_pb2.Schema()
    )
    export_model(lambda features: features["n"] * 3, tmp_path, schema=schema)
    model = load(tmp_path)
    named = model.signatures["predict_features"]
    assert model.call(named, {"n": np.array([2], np.float32)})["outputs"].tolist() == [6.0]


def test_a_model_closed_twice_is_closed(tf, tmp_path):
    save(tf, tf.Module(), tmp_path, lambda x: {"y": x}, x=([None], tf.float32))
    model = ServingModel.load(tmp_path)
    model.close()
    model.close()
