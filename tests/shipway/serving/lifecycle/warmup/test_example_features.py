"""An example that a graph's parsing ops take, whatever features they want."""

import numpy as np
import pytest

from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.lifecycle.warmup.example_features import parseable_example
from shipway.serving.lifecycle.warmup.running import warm_up
from shipway.serving.runtimes.tensorflow import TensorFlowRuntime

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def tf():
    import tensorflow as tf

    return tf


@pytest.fixture(scope="module")
def parsing_model(tf, tmp_path_factory):
    spec = {
        "n": tf.io.FixedLenFeature([], tf.float32),
        "box": tf.io.FixedLenFeature([2, 2], tf.int64),
        "word": tf.io.FixedLenFeature([1], tf.string),
        "filled": tf.io.FixedLenFeature([], tf.int64, default_value=3),
        "steps": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
        "tags": tf.io.VarLenFeature(tf.string),
        "ragged": tf.io.RaggedFeature(tf.int64),
    }

    def parse(examples):
        parsed = tf.io.parse_example(examples, spec)
        return {"n": parsed["n"], "box": parsed["box"], "word": parsed["word"], "filled": parsed["filled"]}

    signature = tf.function(parse, [tf.TensorSpec([None], tf.string, "examples")])
    path = tmp_path_factory.mktemp("parsing")
    tf.saved_model.save(tf.Module(), str(path), signatures=signature.get_concrete_function())
    return path


def test_dense_features_are_zeros_and_the_others_are_left_out(tf, parsing_model):
    features = tf.train.Example.FromString(parseable_example(parsing_model)).features.feature
    found = {
        name: list(getattr(value, value.WhichOneof("kind")).value) if value.WhichOneof("kind") else None
        for name, value in features.items()
    }
    assert found == {"n": [0.0], "box": [0] * 4, "word": [b""], "filled": [0], "steps": [0.0]}


def test_the_model_parses_it(parsing_model):
    model = TensorFlowRuntime().load(parsing_model)
    signature = model.signatures["serving_default"]
    example = np.array([parseable_example(parsing_model)], object)
    answer = model.call(signature, {"examples": example})
    assert {name: array.tolist() for name, array in answer.items()} == {
        "n": [0.0],
        "box": [[[0, 0], [0, 0]]],
        "word": [[b""]],
        "filled": [0],
    }
    timings = warm_up(model, parsing_model, LifecycleSettings())
    assert [timing.rows for timing in timings] == [1, 64]


def test_the_parsing_ops_of_old(tf, tmp_path):
    graph = tf.Graph()
    with graph.as_default():
        serialized = tf.compat.v1.placeholder(tf.string, [None])
        several = tf.raw_ops.ParseExample(
            serialized=serialized,
            names=[],
            sparse_keys=["s"],
            sparse_types=[tf.int64],
            dense_keys=["a", "b"],
            dense_defaults=[tf.constant([], tf.float32), tf.constant([], tf.int64)],
            dense_shapes=[[], [3]],
        )
        single = tf.raw_ops.ParseSingleExample(
            serialized=serialized[0], dense_defaults=[[""]], num_sparse=0, sparse_keys=[], dense_keys=["c"],
            sparse_types=[], dense_shapes=[[1]],
        )  # fmt: skip
        with tf.compat.v1.Session() as session:
            tf.compat.v1.saved_model.simple_save(
                session, str(tmp_path / "1"), {"examples": serialized},
                {"a": several.dense_values[0], "c": single.dense_values[0]},
            )  # fmt: skip
    features = tf.train.Example.FromString(parseable_example(tmp_path / "1")).features.feature
    assert features["a"].float_list.value == [0.0]
    assert features["b"].int64_list.value == [0, 0, 0]
    assert features["c"].bytes_list.value == [b""]


def test_a_folder_without_a_graph_gives_an_empty_example(tmp_path):
    assert parseable_example(tmp_path) == b""
