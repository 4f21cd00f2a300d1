"""Models of raw features, without a transform graph."""

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data.model import ServingModel
from shipway_components.trainer import export_model
from shipway_components.trainer.export import InputsUnmet, NoRawSchema

pytestmark = pytest.mark.tensorflow

SCHEMA = """
feature { name: "number" type: FLOAT shape {} presence { min_fraction: 1 } }
feature { name: "word" type: BYTES shape { dim { size: 1 } } presence { min_fraction: 1 } }
feature { name: "filled" type: INT }
feature { name: "tags" type: BYTES }
feature { name: "steps" type: INT }
feature { name: "label" type: INT shape {} presence { min_fraction: 1 } }
tensor_representation_group {
  key: ""
  value {
    tensor_representation {
      key: "filled"
      value { dense_tensor { column_name: "filled" shape {} default_value { int_value: 7 } } }
    }
    tensor_representation { key: "steps" value { ragged_tensor { feature_path { step: "steps" } } } }
  }
}
"""
ROWS = pa.RecordBatch.from_pydict(
    {
        "number": pa.array([1.0, 2.0, 3.0], pa.float32()),
        "word": pa.array(["b", "a", "unheard"]),
        "filled": pa.array([1, None, 0]),
        "tags": pa.array([["x", "yy"], None, ["z"]]),
        "steps": pa.array([[], [1, 2, 3], [4]], pa.list_(pa.int64())),
        "label": pa.array([0, 1, 0]),
    }
)
SIGNATURES = ("serving_default", "predict_features")


@pytest.fixture(scope="module")
def schema():
    return text_format.Parse(SCHEMA, schema_pb2.Schema())


def test_dense_sparse_ragged_and_default_values_arrive_alike(schema, tmp_path):
    """Every kind of feature, given back as an output, by both ways in."""
    import tensorflow as tf

    class Echo(tf.Module):
        def __call__(self, features):
            tags = tf.sparse.to_dense(features["tags"], "-")
            return {
                "number": features["number"],
                "word": features["word"],
                "filled": features["filled"],
                "tags": tf.strings.reduce_join(tags, axis=1),
                "steps": tf.reduce_sum(features["steps"], axis=1),
            }

    export_model(Echo(), tmp_path, schema=schema, label_key="label")
    model = ServingModel.load(tmp_path, session_only=True)
    for signature in SIGNATURES:
        answers = model.predict(ROWS, signature)
        assert answers["number"].tolist() == [1.0, 2.0, 3.0]
        assert answers["word"].tolist() == [[b"b"], [b"a"], [b"unheard"]]
        assert answers["filled"].tolist() == [1, 7, 0]
        assert answers["tags"].tolist() == [b"xyy", b"--", b"z-"]
        assert answers["steps"].tolist() == [0, 6, 4]


def test_a_model_with_named_inputs_is_asked_for_these_alone(schema, tmp_path):
    import keras

    number = keras.Input((), name="number")
    export_model(keras.Model({"number": number}, number * 2), tmp_path, schema=schema)
    model = ServingModel.load(tmp_path)
    assert list(model.signature("predict_features").inputs) == ["number"]
    for signature in SIGNATURES:
        assert model.predict(ROWS, signature)["outputs"].ravel().tolist() == [2.0, 4.0, 6.0]


def test_zeros_and_empty_batches_are_values_and_batches(schema, tmp_path):
    import tensorflow as tf

    class Count(tf.Module):
        def __call__(self, features):
            return tf.cast(features["filled"], tf.float32) + tf.cast(features["steps"].row_lengths(), tf.float32)

    export_model(Count(), tmp_path, schema=schema, label_key="label")
    model = ServingModel.load(tmp_path, session_only=True)
    zeros = pa.RecordBatch.from_pydict({**ROWS.to_pydict(), "filled": [0, 0, 0], "steps": [[0], [0, 0], [0]]})
    assert model.predict(zeros)["outputs"].tolist() == [1.0, 2.0, 1.0]
    assert model.predict(zeros.slice(0, 0))["outputs"].tolist() == []


def test_lookup_tables_of_keras_layers_are_saved_with_the_model(schema, tmp_path):
    import keras

    word = keras.Input((1,), name="word", dtype="string")
    lookup = keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Model({"word": word}, dense(lookup(word)))
    dense.kernel.assign([[100.0], [1.0], [2.0]])
    export_model(model, tmp_path, schema=schema, label_key="label")
    loaded = ServingModel.load(tmp_path, session_only=True)
    for signature in SIGNATURES:
        assert loaded.predict(ROWS, signature)["outputs"].ravel().tolist() == [2.0, 1.0, 100.0]


def test_several_outputs_keep_their_names(schema, tmp_path):
    import keras

    number = keras.Input((), name="number")
    column = keras.ops.expand_dims(number, -1)
    heads = {"twice": column * 2, "half": column / 2}
    export_model(keras.Model({"number": number}, heads), tmp_path, schema=schema, label_key="label")
    answers = ServingModel.load(tmp_path).predict(ROWS)
    assert {name: values.ravel().tolist() for name, values in answers.items()} == {
        "twice": [2.0, 4.0, 6.0],
        "half": [0.5, 1.0, 1.5],
    }


def test_dropout_is_off_when_serving(schema, tmp_path):
    import keras

    number = keras.Input((1,), name="number")
    model = keras.Model({"number": number}, keras.layers.Dropout(0.9)(number))
    export_model(model, tmp_path, schema=schema, label_key="label")
    np.testing.assert_array_equal(ServingModel.load(tmp_path).predict(ROWS)["outputs"].ravel(), [1.0, 2.0, 3.0])


def test_a_keras_2_model_is_exported_as_well(schema, tmp_path):
    import tf_keras

    number = tf_keras.Input((1,), name="number")
    model = tf_keras.Model({"number": number}, tf_keras.layers.Dense(1, kernel_initializer="ones")(number))
    export_model(model, tmp_path, schema=schema, label_key="label")
    loaded = ServingModel.load(tmp_path, session_only=True)
    assert loaded.predict(ROWS, "serving_default")["outputs"].ravel().tolist() == [1.0, 2.0, 3.0]


def test_without_any_schema_it_says_what_to_pass(tmp_path):
    with pytest.raises(NoRawSchema, match=r"pass transform_graph=fn_args\.transform_graph_path"):
        export_model(lambda features: features, tmp_path)


def test_an_input_that_no_feature_fills_is_named(schema, tmp_path):
    import keras

    number = keras.Input((1,), name="nubmer")
    with pytest.raises(InputsUnmet, match="inputs 'nubmer' are not among the features, which are filled, number"):
        export_model(keras.Model({"nubmer": number}, number * 2), tmp_path, schema=schema, label_key="label")
    assert not list(tmp_path.iterdir())
