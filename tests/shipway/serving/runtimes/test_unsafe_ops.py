"""Graphs that can do more than compute are refused before they are loaded."""

import numpy as np
import pytest

from shipway.serving.runtimes.tensorflow import TensorFlowRuntime
from shipway.serving.runtimes.unsafe_ops import REFUSED, UnsafeGraph, refuse_unsafe_ops

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def tf():
    import tensorflow as tf

    return tf


def save(tf, path, function, dtype="string"):
    signature = tf.function(lambda x: {"y": function(x)}, [tf.TensorSpec([None], dtype, "x")])
    tf.saved_model.save(tf.Module(), str(path), signatures=signature.get_concrete_function())
    return path


def python_function(tf, x):
    return tf.py_function(lambda x: x, [x], x.dtype)


def numpy_function(tf, x):
    return tf.numpy_function(lambda x: x, [x], x.dtype)


def reading(tf, x):
    return tf.map_fn(tf.io.read_file, x)


def listing(tf, x):
    return tf.io.matching_files(x)


def writing(tf, x):
    with tf.control_dependencies([tf.io.write_file(x[0], x[0])]):
        return tf.identity(x)


def printing(tf, x):
    with tf.control_dependencies([tf.print(x, output_stream="file:///tmp/printed")]):
        return tf.identity(x)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (
            python_function,
            r"has the op EagerPyFunc \(node '.+'\), which calls Python code of the process",
        ),
        (numpy_function, r"has the op PyFunc \(node '.+'\), which calls Python code"),
        (reading, r"has the op ReadFile \(node '.+'\), which reads or writes files by names that a request may choose"),
        (listing, r"has the op MatchingFiles"),
        (writing, r"has the op WriteFile"),
        (printing, r"has the op PrintV2 \(node '.+'\), which prints into a file"),
    ],
)
def test_ops_that_reach_beyond_a_request_are_refused_by_name(tf, tmp_path, function, sentence):
    save(tf, tmp_path, lambda x: function(tf, x))
    with pytest.raises(UnsafeGraph, match=rf"The graph in '.*saved_model\.pb' {sentence}"):
        TensorFlowRuntime().load(tmp_path)


def test_printing_for_people_is_no_harm(tf, tmp_path):
    def shown(x):
        with tf.control_dependencies([tf.print("asked for", tf.shape(x), "file://")]):
            return x * 2

    save(tf, tmp_path, shown, "float32")
    model = TensorFlowRuntime().load(tmp_path)
    assert model.call(model.signatures["serving_default"], {"x": np.ones(1, np.float32)})["y"].tolist() == [2.0]


def test_a_graph_that_only_mentions_such_an_op_is_no_harm(tf, tmp_path):
    save(tf, tmp_path, lambda x: tf.strings.join([x, "PyFunc and ReadFile"]))
    refuse_unsafe_ops(tmp_path)


def test_what_every_saved_model_has_is_not_refused():
    assert REFUSED.isdisjoint({"SaveV2", "RestoreV2", "MergeV2Checkpoints", "InitializeTableFromTextFileV2"})
