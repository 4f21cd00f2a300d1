"""The Evaluator on real models: its verdict, its files, and TFMA's own answers to the same question."""

import json

import numpy as np
import pytest

from shipway.artifacts import (
    ClassificationMetrics,
    Examples,
    Markdown,
    Metrics,
    Model,
    ModelBlessing,
    ModelEvaluation,
    Schema,
)
from shipway.data.evaluation.errors import PredictionsNotFinite, UnknownColumnFor
from shipway.data.evaluation.eval_result import read_metrics, read_validation
from shipway.data.evaluation.metric_keys import get_slice_key
from shipway.data.evaluation.metric_values import TfmaValue
from shipway.data.examples import read_table
from shipway.errors import InputError
from shipway.step import StepContext
from shipway_components.evaluator import evaluator, kubeflow_pages

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:You are using a Python version:FutureWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning:tensorflow_model_analysis"),
]

AUC = {
    "class_name": "AUC",
    "threshold": {"value_threshold": {"lower_bound": 0.6}},
}
GAIN = {"change_threshold": {"absolute": 0.01, "direction": "HIGHER_IS_BETTER"}}
METRICS = ["ExampleCount", "BinaryAccuracy", "Calibration", "BinaryCrossentropy"]


def eval_config(*metrics, slices=({}, {"feature_keys": ["carrier"]}), **more):
    listed = [metric if isinstance(metric, dict) else {"class_name": metric} for metric in metrics or (AUC, *METRICS)]
    return {
        "model_specs": [{"label_key": "y", "example_weight_key": "weight"}],
        "slicing_specs": list(slices),
        "metrics_specs": [{"metrics": listed}],
        **more,
    }


class Judged:
    """One call of the step."""

    def __init__(self, folder, examples, model, config, **more):
        self.evaluation = ModelEvaluation(str(folder / "evaluation"))
        self.blessing = ModelBlessing(str(folder / "blessing"))
        self.metrics = Metrics(str(folder / "metrics"))
        self.classification = ClassificationMetrics(str(folder / "classification"))
        self.report = Markdown(str(folder / "report"))
        self.evaluation.path.mkdir(parents=True)
        self.blessing.path.mkdir()
        self.progress = []
        context = StepContext("flights", "run", "evaluator", folder, progress=self.progress.append)
        self.verdict = evaluator.function(
            examples=examples, model=model, evaluation=self.evaluation, blessing=self.blessing, context=context,
            metrics=self.metrics, classification=self.classification, report=self.report,
            eval_config=config, **more,
        )  # fmt: skip

    @property
    def summary(self):
        return json.loads(self.evaluation.metadata["summary"])

    @property
    def reasons(self):
        return json.loads(self.blessing.metadata["reasons"])


def test_a_good_model_is_blessed(examples, good_model, tmp_path):
    judged = Judged(tmp_path, examples, good_model, eval_config(AUC, "ExampleCount", slices=[{}]))
    assert judged.verdict.blessed is True
    assert (judged.blessing.path / "BLESSED").is_file()
    assert judged.blessing.blessed == 1
    assert judged.blessing.current_model == good_model.uri
    assert judged.blessing.baseline_model == ""
    assert judged.reasons == []
    assert "note" not in judged.blessing.metadata
    assert judged.summary["metrics"]["auc"] > 0.7
    assert judged.evaluation.metadata["rows"] == 240
    assert judged.progress[-1] == 240
    report = json.loads((judged.evaluation.path / "summary.json").read_text())
    assert report["blessed"] is True


def test_kubeflows_pages_get_numbers_a_curve_a_matrix_and_a_text(examples, good_model, tmp_path, monkeypatch):
    monkeypatch.setenv("SHIPWAY_DASHBOARDS", "https://shipway.example/")
    config = eval_config(AUC, "ExampleCount", {"class_name": "ConfusionMatrixPlot"}, slices=[{}])
    judged = Judged(tmp_path, examples, good_model, config)
    numbers = judged.metrics.metadata
    assert (numbers["blessed"], numbers["rows"]) == (1, 240)
    assert numbers["auc"] == judged.summary["metrics"]["auc"]
    curve = json.loads(judged.classification.metadata["confidenceMetrics"])
    assert set(curve[0]) == {"confidenceThreshold", "falsePositiveRate", "recall"}
    assert [one["recall"] for one in curve] == sorted(one["recall"] for one in curve)
    assert 3 < len(curve) <= 60
    matrix = json.loads(judged.classification.metadata["confusionMatrix"])
    assert [one["displayName"] for one in matrix["annotationSpecs"]] == ["0", "1"]
    assert sum(sum(one["row"]) for one in matrix["rows"]) > 0
    text = judged.report.path.read_text()
    assert "The model is **blessed**." in text
    assert "| auc | 0." in text
    assert "[This run in Shipway's dashboards](https://shipway.example/runs/run)" in text


def test_names_of_others_mean_nothing_in_the_text(examples, poor_model, tmp_path):
    judged = Judged(tmp_path, examples, poor_model, eval_config())
    text = judged.report.path.read_text()
    assert "The model is **not blessed**." in text
    assert kubeflow_pages._plain("<script>|`x`[a](b)") == r"&lt;script&gt;\|\`x\`\[a\]\(b\)"
    assert "dashboards" not in text


def test_a_poor_model_is_not_and_says_on_which_slices(examples, poor_model, tmp_path):
    judged = Judged(tmp_path, examples, poor_model, eval_config())
    assert judged.verdict.blessed is False
    assert (judged.blessing.path / "NOT_BLESSED").is_file()
    assert judged.blessing.blessed == 0
    assert len(judged.reasons) == 4
    assert any(reason.endswith("on slice carrier=AA is below 0.6") for reason in judged.reasons)
    assert any("overall is below 0.6" in reason for reason in judged.reasons)


def test_the_baseline_decides_what_better_means(examples, good_model, poor_model, tmp_path):
    config = eval_config({**AUC, "threshold": GAIN}, slices=[{}])
    better = Judged(tmp_path / "a", examples, good_model, config, baseline_model=poor_model)
    assert better.verdict.blessed
    assert better.blessing.baseline_model == poor_model.uri
    assert better.summary["metrics"]["auc"] > 0.7 > better.summary["baseline_metrics"]["auc"]
    same = Judged(tmp_path / "b", examples, good_model, config, baseline_model=good_model)
    assert same.reasons == ["auc overall changed by +0 against the baseline, less than +0.01"]


def test_the_first_model_has_nothing_to_be_compared_with(examples, poor_model, tmp_path):
    changes = Judged(tmp_path / "a", examples, poor_model, eval_config({**AUC, "threshold": GAIN}))
    assert changes.verdict.blessed
    assert changes.blessing.metadata["note"] == (
        "there is no model to compare with yet: one change threshold was left out, and it is blessed as the first"
    )
    both = {**AUC, "threshold": {**AUC["threshold"], **GAIN}}
    bounded = Judged(tmp_path / "b", examples, poor_model, eval_config(both))
    assert not bounded.verdict.blessed


def test_without_thresholds_nothing_is_blessed(examples, good_model, tmp_path):
    judged = Judged(tmp_path, examples, good_model, eval_config("AUC"))
    assert not judged.verdict.blessed
    assert judged.reasons[0].startswith("no threshold is set")


def test_it_is_tfmas_answer(flights, examples, good_model, poor_model, tmp_path):
    """EvalResult and ValidationResult of this step and of tfma.run_model_analysis on the same rows and models."""
    import tensorflow as tf
    import tensorflow_model_analysis as tfma
    from google.protobuf import json_format

    from shipway.data.example_coder import encode_examples

    config = eval_config(
        {**AUC, "threshold": {**AUC["threshold"], **GAIN}},
        *METRICS,
        {"class_name": "ConfusionMatrixPlot", "config": '{"num_thresholds": 10}'},
        slices=[{}, {"feature_keys": ["carrier"]}, {"feature_values": {"hour": "3"}}],
        cross_slicing_specs=[{"baseline_spec": {}, "slicing_specs": [{"feature_values": {"carrier": "AA"}}]}],
    )
    judged = Judged(tmp_path, examples, good_model, config, baseline_model=poor_model)
    records = tmp_path / "eval.tfrecord"
    with tf.io.TFRecordWriter(str(records)) as writer:
        for row in encode_examples(flights.combine_chunks().to_batches()[0]):
            writer.write(row)
    theirs = tfma.utils.update_eval_config_with_defaults(
        json_format.ParseDict(config, tfma.EvalConfig()), has_baseline=True, rubber_stamp=True
    )
    models = [
        tfma.default_eval_shared_model(str(model.serving_path), model_name=name, eval_config=theirs)
        for name, model in (("candidate", good_model), ("baseline", poor_model))
    ]
    folder = tmp_path / "tfma"
    tfma.run_model_analysis(models, eval_config=theirs, data_location=str(records), output_path=str(folder))

    own, reference = read_metrics(judged.evaluation.path), read_metrics(folder)
    assert set(own) == set(reference)
    for slice_key, metrics in reference.items():
        assert set(own[slice_key]) == set(metrics)
        for key, value in metrics.items():
            if isinstance(value, TfmaValue):
                assert own[slice_key][key].number == pytest.approx(value.number, abs=2e-6, nan_ok=True), key
    ours, validated = read_validation(judged.evaluation.path), read_validation(folder)
    assert ours.validation_ok is validated.validation_ok is False
    assert failures(ours) == failures(validated)

    loaded = tfma.load_eval_result(str(judged.evaluation.path), model_name="candidate")
    assert loaded.config == theirs
    overall = dict(loaded.slicing_metrics)[()]
    assert overall[""][""]["auc"]["doubleValue"] == pytest.approx(judged.summary["metrics"]["auc"], abs=1e-6)
    assert len(loaded.plots) == len(own)
    assert tfma.load_validation_result(str(judged.evaluation.path)) == ours


def failures(validation):
    return sorted(
        (str(get_slice_key(sliced)), failure.metric_key.name, failure.metric_key.is_diff)
        for sliced in validation.metric_validations_per_slice
        for failure in sliced.failures
    )


def test_records_of_tf_example_give_the_same(examples, good_model, tmp_path):
    from shipway.artifacts import FORMAT_TF_EXAMPLE
    from shipway.data.examples import ExamplesWriter

    records = Examples(str(tmp_path / "records"))
    records.payload_format = FORMAT_TF_EXAMPLE
    records.path.mkdir()
    with ExamplesWriter(records, "eval") as writer:
        for batch in read_table(examples, "eval").to_batches():
            writer.write(batch)
    records.split_names = ["eval"]
    config = eval_config()
    serialized = eval_config()
    serialized["model_specs"][0]["signature_name"] = "serving_default"
    parquet = Judged(tmp_path / "a", examples, good_model, config)
    assert Judged(tmp_path / "b", records, good_model, config).summary == parquet.summary
    assert Judged(tmp_path / "c", examples, good_model, serialized).summary == parquet.summary


def test_calibration_plots_take_the_labels_range_from_the_schema(examples, good_model, tmp_path):
    schema = Schema(str(tmp_path / "schema"))
    schema.path.mkdir()
    schema.schema_file.write_text('feature { name: "y" type: INT int_domain { min: 0 max: 4 } }')
    plot = {"class_name": "CalibrationPlot", "config": '{"num_buckets": 4}'}
    judged = Judged(tmp_path, examples, good_model, eval_config(plot, slices=[{}]), schema=schema)
    (buckets,) = read_metrics(judged.evaluation.path)[()].values()
    assert [bucket.upper_threshold_exclusive for bucket in buckets.buckets] == [0.0, 1.0, 2.0, 3.0, 4.0, float("inf")]


def test_metrics_of_tfma_alone_come_from_the_same_predictions(flights, examples, good_model, tmp_path):
    hinge = {"class_name": "Hinge", "threshold": {"value_threshold": {"upper_bound": 0.1}}}
    judged = Judged(tmp_path, examples, good_model, eval_config(hinge, "ExampleCount", slices=[{}]))
    x, labels, weights = (flights[name].to_numpy() for name in ("x", "y", "weight"))
    predictions = 1 / (1 + np.exp(-1.5 * x))
    expected = np.average(np.maximum(1 - np.where(labels == 1, 1, -1) * predictions, 0), weights=weights)
    assert judged.summary["metrics"]["hinge"] == pytest.approx(expected, abs=1e-5)
    assert judged.reasons == [f"hinge {expected:.4g} overall is above 0.1"]


def test_bad_input_is_named(examples, good_model, make_model, tmp_path):
    with pytest.raises(InputError, match="There is no split 'test' in the examples"):
        Judged(tmp_path / "a", examples, good_model, eval_config(), example_splits=["test"])
    with pytest.raises(UnknownColumnFor, match=r"slicing feature 'origin' .* 'carrier', 'hour'"):
        Judged(tmp_path / "b", examples, Model(str(tmp_path)), eval_config(slices=[{"feature_keys": ["origin"]}]))
    with pytest.raises(PredictionsNotFinite, match="predicts NaN or infinity for 240 rows of a batch"):
        Judged(tmp_path / "c", examples, make_model(float("nan")), eval_config())
