import numpy as np
import pytest

from shipway.artifacts import Examples, InferenceResult, ModelBlessing
from shipway.data.examples import read_table
from shipway.data.model import ServingModel
from shipway.data.tfrecord import read_records
from shipway_components.bulk_inferrer import bulk_inferrer

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def infer(trained_model, raw_examples, context, tmp_path):
    """Runs the step; returns its two outputs."""

    def run(**given):
        result, scored = InferenceResult(str(tmp_path / "result")), Examples(str(tmp_path / "scored"))
        result.path.mkdir()
        scored.path.mkdir()
        bulk_inferrer.function(
            examples=raw_examples,
            model=trained_model,
            inference_result=result,
            output_examples=scored,
            context=context,
            **given,
        )
        return result, scored

    return run


@pytest.fixture(scope="module")
def predicted(trained_model, raw_examples):
    rows = read_table(raw_examples, "eval").combine_chunks().to_batches()[0]
    return ServingModel.load(trained_model.serving_path).predict(rows)["outputs"].ravel()


def test_every_row_has_its_prediction(infer, raw_examples, predicted, context):
    result, scored = infer(data_spec={"example_splits": ["eval"]}, batch_size=16)
    table = read_table(Examples(result.uri), "eval")
    np.testing.assert_allclose(table["outputs"].to_numpy(), predicted, rtol=1e-5)
    assert table.drop(["outputs"]).to_pydict() == read_table(raw_examples, "eval").to_pydict()
    assert result.metadata["inferred"] == 1
    assert result.metadata["rows"] == 40
    assert context.seen == [16, 32, 40]
    assert scored.split_names == []


def test_only_the_columns_asked_for_are_kept_of_all_splits(infer):
    result, _ = infer(output_columns=["label"])
    for split, rows in {"train": 96, "eval": 40}.items():
        table = read_table(Examples(result.uri), split)
        assert table.column_names == ["label", "outputs"]
        assert table.num_rows == rows


def test_prediction_logs_can_be_replayed(infer, trained_model, predicted):
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    result, _ = infer(data_spec={"example_splits": ["eval"]}, output_format="prediction_log")
    (records,) = read_records(result.path / "prediction_logs-00000-of-00001.gz", 1000)
    logs = [PredictionLog.FromString(record).predict_log for record in records]
    answers = [tf.make_ndarray(log.response.outputs["outputs"]).item() for log in logs]
    np.testing.assert_allclose(answers, predicted, rtol=1e-5)
    asked = {name: tf.make_ndarray(value) for name, value in logs[3].request.inputs.items()}
    signature = logs[3].request.model_spec.signature_name
    again = ServingModel.load(trained_model.serving_path).call(asked, signature)["outputs"]
    assert signature == "serving_default"
    np.testing.assert_allclose(again.item(), predicted[3], rtol=1e-5)


def test_output_examples_carry_the_prediction_as_a_feature(infer, raw_examples, predicted):
    columns = [{"output_key": "outputs", "output_column": "score"}]
    _, scored = infer(
        data_spec={"example_splits": ["eval"]},
        output_example_spec={"output_columns_spec": [{"predict_output": {"output_columns": columns}}]},
    )
    table = read_table(scored, "eval")
    np.testing.assert_allclose(table["score"].to_numpy(), predicted, rtol=1e-5)
    assert scored.split_names == ["eval"]
    assert table.column_names == [*read_table(raw_examples, "eval").column_names, "score"]


@pytest.mark.parametrize("blessed", [0, 1])
def test_a_model_that_is_not_blessed_predicts_nothing(infer, blessed):
    blessing = ModelBlessing("/blessing")
    blessing.blessed = blessed
    result, _ = infer(model_blessing=blessing)
    assert result.metadata["inferred"] == blessed
    assert bool(list(result.path.rglob("*.parquet"))) == bool(blessed)
