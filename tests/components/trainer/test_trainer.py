import re

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.examples import read_table
from shipway.data.model import ServingModel
from shipway.step.module_file import FunctionMissing
from shipway_components.trainer.base_weights import NothingToStartFrom, warm_start
from shipway_components.trainer.errors import NothingExported, NotServable, RunFailed, TrainingDiverged

pytestmark = pytest.mark.tensorflow


def rows_of(examples, split="eval"):
    return read_table(examples, split).combine_chunks().to_batches()[0]


@pytest.fixture(scope="module")
def serving(trained_model):
    return ServingModel.load(trained_model.serving_path, session_only=True)


def test_serialized_examples_and_named_features_give_the_same_answers(serving, raw_examples):
    rows = rows_of(raw_examples)
    by_example = serving.predict(rows, "serving_default")["outputs"]
    by_name = serving.predict(rows, "predict_features")["outputs"]
    assert by_example.shape == (40, 1)
    assert len(np.unique(by_example)) > 20
    np.testing.assert_allclose(by_name, by_example, rtol=1e-6)


def test_one_row_alone_is_answered_as_in_a_batch(serving, raw_examples):
    rows = rows_of(raw_examples)
    together = serving.predict(rows)["outputs"]
    alone = [serving.predict(rows.slice(row, 1))["outputs"][0] for row in range(10)]
    np.testing.assert_allclose(alone, together[:10], rtol=1e-5)


def test_what_the_model_sees_when_serving_is_what_it_was_trained_on(serving, raw_examples, transform_outputs):
    served = serving.predict(rows_of(raw_examples), "transform_features")
    trained_on = rows_of(transform_outputs[1])
    assert set(served) == set(trained_on.schema.names)
    for name, values in served.items():
        column = trained_on.column(trained_on.schema.get_field_index(name))
        np.testing.assert_allclose(values, np.array(column.to_pylist()), rtol=1e-5, err_msg=name)


def test_the_label_is_not_needed(serving, raw_examples):
    rows = rows_of(raw_examples)
    kept = [name for name in rows.schema.names if name != "label"]
    without = pa.RecordBatch.from_arrays([rows.column(rows.schema.get_field_index(name)) for name in kept], names=kept)
    for signature in ("serving_default", "predict_features"):
        np.testing.assert_array_equal(
            serving.predict(without, signature)["outputs"], serving.predict(rows, signature)["outputs"]
        )
    assert "label" not in serving.signature("predict_features").inputs


def test_named_features_are_batch_first_and_as_wide_as_the_schema_says(serving):
    inputs = serving.signature("predict_features").inputs
    assert {name: (spec.dtype, spec.shape) for name, spec in inputs.items()} == {
        "amount": ("float32", (None,)),
        "count": ("int64", (None,)),
        "word": ("string", (None,)),
        "tags": ("string", (None, None)),
        "pair": ("float32", (None, 2)),
    }


def test_the_vocabulary_lies_inside_the_model(trained_model):
    words = (trained_model.serving_path / "assets" / "words").read_text().split()
    assert sorted(words) == ["blue", "green", "red"]


def test_the_model_loads_in_eager_code_too(trained_model, serving, raw_examples):
    import tensorflow as tf

    from shipway.data.example_coder import encode_examples

    rows = rows_of(raw_examples)
    signature = tf.saved_model.load(str(trained_model.serving_path)).signatures["serving_default"]
    answers = signature(examples=tf.constant(encode_examples(rows)))["outputs"]
    np.testing.assert_allclose(answers.numpy(), serving.predict(rows)["outputs"], rtol=1e-5)


def test_logs_lie_in_the_model_run_and_rows_are_reported(trained):
    _, model_run, seen = trained
    assert list(model_run.path.rglob("events.out.tfevents*"))
    assert seen[-1] == 8 * 16
    assert seen == sorted(seen)


def test_the_same_seed_trains_the_same_model(train_model, trained_model):
    import tensorflow as tf

    again, _, _ = train_model()
    first, second = (
        tf.train.load_checkpoint(str(model.serving_path / "variables" / "variables"))
        for model in (trained_model, again)
    )
    weights = [name for name in first.get_variable_to_shape_map() if name.startswith("weights/")]
    assert len(weights) == 4
    for name in weights:
        np.testing.assert_array_equal(first.get_tensor(name), second.get_tensor(name))


def test_a_base_model_is_where_training_starts(train_model, trained_model, serving, raw_examples):
    """Without a single step of its own, the model is the base model."""
    untrained, _, _ = train_model(base_model=trained_model, train_args={})
    answers = ServingModel.load(untrained.serving_path).predict(rows_of(raw_examples))["outputs"]
    np.testing.assert_allclose(answers, serving.predict(rows_of(raw_examples))["outputs"], rtol=1e-6)


def test_a_base_model_of_other_names_is_refused(trained_model):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5, name="other")])
    with pytest.raises(NothingToStartFrom, match="none of its 4 weights has a name and shape of this model"):
        warm_start(model, trained_model.serving_path)


def test_nan_in_the_loss_ends_the_training(train_model):
    with pytest.raises(TrainingDiverged, match=r"diverged: the loss is nan after step \d; lower the learning rate"):
        train_model(run_fn="run_with_nan_in_the_loss")


def test_nan_in_the_weights_is_found_without_any_callback(train_model):
    with pytest.raises(TrainingDiverged, match=r"1 of 4 weights hold NaN or infinity.*'hidden/kernel'"):
        train_model(run_fn="run_with_nan_in_the_weights")


def test_a_run_that_exports_nothing_is_told_how(train_model):
    with pytest.raises(NothingExported, match=r"run_without_export of .* left no SavedModel .*export_model"):
        train_model(run_fn="run_without_export")


def test_a_mistake_in_the_module_is_named_with_its_line(train_model):
    with pytest.raises(RunFailed) as raised:
        train_model(run_fn="run_with_a_mistake")
    assert re.search(r"failed in line \d+ of .*training_module\.py \(KeyError: 'missing'\)", str(raised.value))


def test_a_function_that_is_not_there_is_named(train_model):
    with pytest.raises(FunctionMissing, match="has no function 'run_function'"):
        train_model(run_fn="run_function")


def test_a_module_written_for_tfx_exports_what_can_be_served(train_model, raw_examples):
    model, _, _ = train_model(run_fn="run_and_save_as_tfx_modules_do")
    serving = ServingModel.load(model.serving_path, session_only=True)
    assert np.isfinite(serving.predict(rows_of(raw_examples))["outputs"]).all()


def test_a_model_that_no_session_can_run_is_refused(train_model):
    with pytest.raises(NotServable, match=r"cannot be served .serving_default: Could not find variable"):
        train_model(run_fn="run_and_save_an_orphan_variable")
