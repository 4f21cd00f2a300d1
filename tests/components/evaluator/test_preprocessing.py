"""A label that the model's own transform makes."""

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.model.serving_model import ServingModel, UnknownSignature
from shipway_components.evaluator.preprocessing import Preprocessing

pytestmark = pytest.mark.tensorflow

ROWS = pa.RecordBatch.from_pydict({"fare": [10.0, 20.0, 5.0], "tip": [3.0, 1.0, 2.0], "late": ["a", "b", "c"]})


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Its transform says by name which tips are big, and replaces `late`; `pairs` has two values a row."""
    import tensorflow as tf

    class Model(tf.Module):
        @tf.function(
            input_signature=[
                tf.TensorSpec([None], tf.float32, name="fare"),
                tf.TensorSpec([None], tf.float32, name="tip"),
            ]
        )
        def transform(self, fare, tip):
            big = tf.cast(tip > 0.2 * fare, tf.int64)
            return {
                "big": big[:, tf.newaxis],
                "late": tf.strings.as_string(big),
                "pairs": tf.stack([fare, tip], axis=1),
            }

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="fare")])
        def answer(self, fare):
            return {"outputs": fare}

    folder = tmp_path_factory.mktemp("model")
    module = Model()
    signatures = {"transform_features": module.transform, "serving_default": module.answer}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return ServingModel.load(folder)


def test_a_made_label_joins_the_rows(model):
    preprocessing = Preprocessing(model, ["transform_features"])
    assert preprocessing.made == ["big", "late", "pairs"]
    assert preprocessing.columns(ROWS.schema.names) == {"fare", "tip"}
    rows = preprocessing.add(ROWS, {"big", "fare"})
    assert rows.schema.names == ["fare", "tip", "late", "big"]
    assert rows.column(3).to_pylist() == [1, 0, 1]
    assert rows.column(0).equals(ROWS.column(0))


def test_a_made_column_stands_in_for_a_raw_one(model):
    rows = Preprocessing(model, ["transform_features"]).add(ROWS, {"late"})
    assert rows.schema.names == ["fare", "tip", "late"]
    assert rows.column(2).to_pylist() == [b"1", b"0", b"1"]


def test_several_values_a_row_are_lists(model):
    rows = Preprocessing(model, ["transform_features"]).add(ROWS, {"pairs"})
    assert np.array(rows.column(3).to_pylist()).tolist() == [[10.0, 3.0], [20.0, 1.0], [5.0, 2.0]]


def test_rows_stay_as_they_are_without_it(model):
    assert Preprocessing(model, []).add(ROWS, {"big"}) is ROWS
    assert Preprocessing(model, ["transform_features"]).add(ROWS, {"fare"}) is ROWS


def test_an_unknown_function_is_named(model):
    with pytest.raises(UnknownSignature, match="'tft_layer'"):
        Preprocessing(model, ["tft_layer"])
