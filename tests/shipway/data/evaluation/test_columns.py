import numpy as np
import pyarrow as pa
import pytest

from shipway.data.evaluation.columns import collect_columns
from shipway.data.evaluation.errors import (
    LabelsUnlike,
    LabelsUnusable,
    NothingToEvaluate,
    PredictionsNotFinite,
    PredictionUnknown,
    TooManySlices,
    UnknownColumnFor,
    WeightsUnusable,
)
from shipway.data.evaluation.eval_config import complete_eval_config, parse_eval_config
from shipway.data.evaluation.predictions import chosen_output


def test_rows_without_label_are_left_out_and_counted(run):
    table = {"y": [1, None, 0, 1], "p": [0.9, 0.9, 0.1, 0.2], "s": ["a", "b", "b", "a"]}
    done = run(table, ["ExampleCount", "BinaryAccuracy"], slices=[{}, {"feature_keys": ["s"]}])
    assert (done.result.rows, done.result.skipped) == (3, 1)
    assert done.value("example_count") == 3
    assert done.value("binary_accuracy") == pytest.approx(2 / 3)
    assert done.value("example_count", (("s", "b"),)) == 1


def test_a_split_without_any_label_is_named(run):
    with pytest.raises(NothingToEvaluate, match="split 'eval' can be evaluated: of its 2 rows none has the label 'y'"):
        run({"y": pa.nulls(2, pa.int64()), "p": [0.1, 0.2]}, ["AUC"])


@pytest.mark.parametrize(
    ("model", "slices", "sentence"),
    [
        ({"label_key": "z"}, [{}], "The label 'z' of eval_config is not in the examples: their features are 'y', 'p'"),
        ({"example_weight_key": "w"}, [{}], "The example weight 'w' of eval_config"),
        ({}, [{"feature_keys": ["hour"]}], "The slicing feature 'hour' of eval_config"),
        ({}, [{"feature_values": {"hour": "1"}}], "The slicing feature 'hour' of eval_config"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(run, model, slices, sentence):
    with pytest.raises(UnknownColumnFor, match=sentence):
        run({"y": [0, 1], "p": [0.1, 0.2]}, ["AUC"], model=model, slices=slices)


def test_labels_are_checked_before_the_model_is_asked(run):
    with pytest.raises(LabelsUnusable, match="label 'y' is NaN in row 1 of the labelled rows"):
        run({"y": [0.0, float("nan")], "p": [float("nan")] * 2}, ["AUC"])
    with pytest.raises(LabelsUnusable, match="has 2 values in one row and 1 in another \\(row 1\\)"):
        run({"y": [[0, 1], [1]], "p": [0.5, 0.5]}, ["AUC"])
    with pytest.raises(LabelsUnusable, match="label 'y' is text \\('yes'\\)"):
        run({"y": ["yes", "no"], "p": [0.5, 0.5]}, ["AUC"])


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1.0, -2.0], "'w' is -2 in row 1"),
        ([1.0, None], "'w' is missing in 1 rows"),
        ([1.0, float("nan")], "'w' is nan in row 1"),
        (["a", "b"], "'w' is string"),
        ([[1.0], [1.0, 2.0]], "'w' has 2 values in one row"),
    ],
)
def test_weights_that_are_none_are_named(run, weights, sentence):
    with pytest.raises(WeightsUnusable, match=sentence):
        run({"y": [0, 1], "p": [0.1, 0.2], "w": weights}, ["AUC"], model={"example_weight_key": "w"})


def test_predictions_that_are_no_numbers_are_named(run):
    predictions = np.linspace(0, 1, 20)
    predictions[9:11] = np.nan
    with pytest.raises(
        PredictionsNotFinite, match="The model predicts NaN or infinity for 2 rows of a batch, first for row 9"
    ):
        run({"y": np.arange(20) % 2, "p": predictions}, ["AUC"])


def test_labels_outside_of_a_binary_metric_are_named(run):
    with pytest.raises(LabelsUnlike, match=r"label 'y' .* needs labels from 0 to 1, and there is 3"):
        run({"y": [0, 3], "p": [0.1, 0.2]}, ["AUC"])
    with pytest.raises(LabelsUnlike, match="class 3, and the predicted ones are 0 to 1"):
        run({"y": [0, 3], "p": [[0.1, 0.9], [0.2, 0.8]]}, ["AUC"])


def test_too_many_slices_are_named(run, monkeypatch):
    monkeypatch.setattr("shipway.data.evaluation.slicing.SLICE_LIMIT", 2)
    with pytest.raises(TooManySlices, match="Slicing by s gives 3 slices, and 2 is the limit"):
        run({"y": [0, 1, 1], "p": [0.1, 0.2, 0.3], "s": [1, 2, 3]}, ["AUC"], slices=[{"feature_keys": ["s"]}])


def test_which_output_is_the_prediction():
    outputs = {"classes": np.zeros(1), "scores": np.zeros(1)}
    assert chosen_output(outputs, "") == "scores"
    assert chosen_output(outputs, "classes") == "classes"
    assert chosen_output({"tip": np.zeros(1)}, "") == "tip"
    assert chosen_output({"tip": np.zeros(1)}, "other") == "tip"
    with pytest.raises(PredictionUnknown, match="has no output 'x' \\('classes', 'scores'\\)"):
        chosen_output(outputs, "x")
    with pytest.raises(PredictionUnknown, match="has several outputs \\('a', 'b'\\): name the predicted one"):
        chosen_output({"a": np.zeros(1), "b": np.zeros(1)}, "")


def test_models_see_the_rows_as_they_were_read():
    """A made column may have a raw one's name: metrics take the made, models the raw one."""
    table = pa.table({"y": [5, None, 7], "p": [0.9, 0.9, 0.1]})

    def enrich(batch):
        big = pa.array([None if value is None else int(value > 6) for value in batch.column(0).to_pylist()])
        return pa.RecordBatch.from_arrays([big, batch.column(1)], names=["y", "p"])

    config = complete_eval_config(
        parse_eval_config(
            {"model_specs": [{"label_key": "y"}], "metrics_specs": [{"metrics": [{"class_name": "AUC"}]}]}
        ),
        has_baseline=False,
    )
    seen = []

    def predict(batch):
        seen.extend(batch.column(0).to_pylist())
        return {"outputs": batch.column(1).to_numpy()}

    columns = collect_columns(config, table.to_batches(), {"": predict}, enrich=enrich)
    assert seen == [5, 7]
    assert columns.labels["y"].tolist() == [0, 1]
    assert columns.skipped == 1
