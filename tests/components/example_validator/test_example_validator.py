"""ExampleValidator: each kind of anomaly, what is written of it, and what a person is told."""

import itertools
import logging

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from shipway.artifacts import ExampleAnomalies, ExampleStatistics, Schema
from shipway.data.schema import write_schema
from shipway.data.statistics import FILE_NAME, StatisticsOptions, generate_statistics, write_statistics
from shipway.errors import InputError, StepError, UsageError
from shipway.step import StepVerdict
from shipway_components.example_validator import example_validator

GOOD = {"who": ["a", "b"] * 50, "n": np.arange(100.0), "label": [0, 0, 0, 1] * 25}
MOVED = {"who": ["a"] * 80 + ["b"] * 20, "n": np.arange(50.0, 150.0), "label": [0, 0, 0, 1] * 25}
BROKEN = {"who": ["a", "z"] * 50, "n": np.arange(100.0), "extra": [1] * 100}

BAD_SQL = {
    "feature_validations": [
        {
            "feature_path": {"step": ["n"]},
            "validations": [{"sql_expression": "feature.nothing > 1", "severity": "ERROR"}],
        }
    ]
}

SCHEMA = """
feature { name: "who" type: BYTES presence { min_fraction: 1 } domain: "who"
          drift_comparator { infinity_norm { threshold: 0.2 } } skew_comparator { infinity_norm { threshold: 0.2 } } }
feature { name: "n" type: FLOAT presence { min_fraction: 1 }
          drift_comparator { jensen_shannon_divergence { threshold: 0.3 } } }
feature { name: "label" type: INT presence { min_fraction: 1 } not_in_environment: "SERVING" }
string_domain { name: "who" value: "a" value: "b" }
default_environment: "TRAINING" default_environment: "SERVING"
"""


@pytest.fixture
def make_statistics(tmp_path):
    def make(splits, name="statistics", slices=()):
        made = ExampleStatistics(str(tmp_path / name))
        for split, columns in splits.items():
            made.split_path(split).mkdir(parents=True)
            batch = pa.RecordBatch.from_pydict(columns)
            found = generate_statistics([batch], StatisticsOptions().with_slices(slices))
            write_statistics(made.split_path(split) / FILE_NAME, found)
        made.split_names, made.span = list(splits), 7
        return made

    return make


@pytest.fixture
def schema(tmp_path):
    (tmp_path / "schema").mkdir()
    made = Schema(str(tmp_path / "schema"))
    write_schema(made.schema_file, text_format.Parse(SCHEMA, schema_pb2.Schema()))
    return made


@pytest.fixture
def validate(tmp_path, schema, context):
    """Run the step; returns its ExampleAnomalies."""
    numbers = itertools.count()

    def run(statistics, **parameters):
        anomalies = ExampleAnomalies(str(tmp_path / f"anomalies-{next(numbers)}"))
        example_validator.function(
            statistics=statistics, schema=schema, anomalies=anomalies, context=context, **parameters
        )
        return anomalies

    return run


def of_split(anomalies, split):
    return anomalies_pb2.Anomalies.FromString((anomalies.split_path(split) / "SchemaDiff.pb").read_bytes())


def kinds(anomalies, split="train"):
    names = anomalies_pb2.AnomalyInfo.Type.Name
    infos = of_split(anomalies, split).anomaly_info
    return {key: [names(reason.type) for reason in info.reason] for key, info in infos.items()}


def test_good_data_passes(make_statistics, validate):
    anomalies = validate(make_statistics({"train": GOOD, "eval": GOOD}))
    assert (anomalies.split_names, anomalies.span, anomalies.metadata["anomalies"]) == (["train", "eval"], 7, 0)
    assert kinds(anomalies, "eval") == {}


def test_broken_data_stops_the_run_with_the_way_out(make_statistics, validate, caplog):
    with pytest.raises(StepError) as caught:
        validate(make_statistics({"train": GOOD, "eval": BROKEN}))
    told = str(caught.value)
    assert "in the split 'eval': 'extra' (New column (column in data but not in schema))" in told
    assert "'label' (Column is completely missing)" in told
    assert "'who' (Examples contain values missing from the schema: z (~50%))" in told
    assert "'shipway schema diff run'" in told
    assert "'shipway schema accept run'" in told
    assert "'train'" not in told
    logged = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(logged) == 3
    assert logged[0].startswith("Split 'eval', feature 'extra': New column")


def test_what_stops_the_run_is_left_as_evidence(make_statistics, validate):
    with pytest.raises(StepVerdict) as caught:
        validate(make_statistics({"train": GOOD, "eval": BROKEN}))
    (anomalies,) = caught.value.evidence
    assert (anomalies.split_names, anomalies.span, anomalies.metadata["anomalies"]) == (["train", "eval"], 7, 3)
    assert set(kinds(anomalies, "eval")) == {"extra", "label", "who"}
    assert kinds(anomalies, "train") == {}


def test_many_anomalies_are_counted_not_recited(make_statistics, validate):
    columns = {**GOOD, **{f"extra{number}": [1] * 100 for number in range(8)}}
    with pytest.raises(StepError, match="and 3 more; correct the data"):
        validate(make_statistics({"train": columns}))


def test_anomalies_may_only_be_recorded(make_statistics, validate):
    anomalies = validate(make_statistics({"train": BROKEN}), fail_on_anomalies=False)
    assert kinds(anomalies) == {
        "extra": ["SCHEMA_NEW_COLUMN"],
        "label": ["SCHEMA_MISSING_COLUMN"],
        "who": ["ENUM_TYPE_UNEXPECTED_STRING_VALUES"],
    }
    assert anomalies.metadata["anomalies"] == 3


def test_an_excluded_split_may_be_broken(make_statistics, validate):
    anomalies = validate(make_statistics({"train": GOOD, "eval": BROKEN}), exclude_splits=["eval"])
    assert anomalies.split_names == ["train"]


def test_a_label_that_is_missing_when_serving_is_no_anomaly(make_statistics, validate):
    serving = {"who": GOOD["who"], "n": GOOD["n"]}
    with pytest.raises(StepError, match="Column is completely missing"):
        validate(make_statistics({"train": serving}))
    assert kinds(validate(make_statistics({"train": serving}, "again"), environment="SERVING")) == {}


def test_drift_against_the_previous_span(make_statistics, validate):
    previous = make_statistics({"train": GOOD}, "previous")
    with pytest.raises(StepError) as caught:
        validate(make_statistics({"train": MOVED}), previous_statistics=previous)
    told = str(caught.value)
    assert "'who' (The Linfty distance between current and previous is 0.3" in told
    assert "'n' (The approximate Jensen-Shannon divergence between current and previous is 0.5" in told
    assert told.endswith("; if a change of distribution is expected, raise its threshold in the schema.")
    assert "accept" not in told


def test_drift_below_its_threshold_is_measured_and_passes(make_statistics, validate):
    slightly = {**GOOD, "who": ["a"] * 60 + ["b"] * 40}
    anomalies = validate(
        make_statistics({"train": slightly}), previous_statistics=make_statistics({"train": GOOD}, "previous")
    )
    measured = {info.path.step[0]: info.drift_measurements[0] for info in of_split(anomalies, "train").drift_skew_info}
    assert measured["who"].value == pytest.approx(0.1)
    assert measured["n"].value == pytest.approx(0.0, abs=1e-6)
    assert measured["n"].threshold == pytest.approx(0.3)


def test_a_split_that_is_new_has_not_drifted(make_statistics, validate, caplog):
    previous = make_statistics({"train": GOOD, "eval": GOOD}, "previous")
    validate(make_statistics({"train": GOOD, "test": MOVED}), previous_statistics=previous)
    assert "No drift is measured for split 'test'" in caplog.text


def test_skew_between_training_and_serving(make_statistics, validate):
    statistics = make_statistics({"train": GOOD, "eval": GOOD})
    serving = make_statistics({"requests": {"who": MOVED["who"], "n": GOOD["n"]}}, "serving")
    anomalies = validate(statistics, serving_statistics=serving, fail_on_anomalies=False)
    for split in ("train", "eval"):
        assert kinds(anomalies, split) == {"who": ["COMPARATOR_L_INFTY_HIGH"]}
    assert "training and serving" in of_split(anomalies, "train").anomaly_info["who"].description


def test_serving_statistics_without_a_split_to_compare_with(make_statistics, validate):
    serving = make_statistics({"monday": GOOD, "tuesday": GOOD}, "serving")
    with pytest.raises(
        InputError, match="serving statistics have no split 'train' to measure skew against, but 'monday"
    ):
        validate(make_statistics({"train": GOOD}), serving_statistics=serving)


def test_slices_are_held_against_the_schema_and_against_their_like(make_statistics, validate):
    skewed_slice = {**GOOD, "n": np.where(np.array(GOOD["who"]) == "b", 1e3, GOOD["n"])}
    statistics = make_statistics({"train": skewed_slice}, slices=["who"])
    previous = make_statistics({"train": GOOD}, "previous", slices=["who"])
    whole = validate(statistics, previous_statistics=previous, fail_on_anomalies=False)
    assert set(kinds(whole)) == {"n"}
    anomalies = validate(statistics, previous_statistics=previous, fail_on_anomalies=False, validate_slices=True)
    assert {key: reasons for key, reasons in kinds(anomalies).items() if key.endswith("::n")} == {
        "slice(who_b)::n": ["COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH"]
    }
    paths = {info.path.step[0] for info in of_split(anomalies, "train").drift_skew_info}
    assert {"n", "slice(who_a)::n", "slice(who_b)::n"} <= paths


@pytest.mark.parametrize(
    ("columns", "limits", "wanted"),
    [
        (
            {},
            {"label": {"min_fraction": 0.3}},
            "The value '1' makes up 25.00% of all values, below the min_fraction 0.3",
        ),
        (
            {},
            {"label": {"max_fraction": 0.7}},
            "The value '0' makes up 75.00% of all values, above the max_fraction 0.7",
        ),
        ({"label": [0] * 100}, {"label": {"min_fraction": 0.01}}, "The value '1' makes up 0.00%"),
        ({"who": ["a"] * 100}, {"who": {"min_fraction": 0.01}}, "The value 'b' makes up 0.00%"),
    ],
)
def test_imbalance(make_statistics, validate, columns, limits, wanted):
    with pytest.raises(StepError) as caught:
        validate(make_statistics({"train": {**GOOD, **columns}}), imbalance=limits)
    assert wanted in str(caught.value)
    assert str(caught.value).endswith("if an imbalance is expected, change its limit in the parameter 'imbalance'.")


def test_balanced_values_pass(make_statistics, validate):
    limits = {"label": {"min_fraction": 0.2, "max_fraction": 0.8}, "who": {"min_fraction": 0.5}}
    assert kinds(validate(make_statistics({"train": GOOD}), imbalance=limits)) == {}


def test_imbalance_joins_what_else_is_wrong_with_a_feature(make_statistics, validate):
    columns = {**GOOD, "who": ["a"] * 99 + ["z"]}
    anomalies = validate(
        make_statistics({"train": columns}), imbalance={"who": {"min_fraction": 0.1}}, fail_on_anomalies=False
    )
    info = of_split(anomalies, "train").anomaly_info["who"]
    assert kinds(anomalies)["who"] == ["ENUM_TYPE_UNEXPECTED_STRING_VALUES", "CUSTOM_VALIDATION"]
    assert info.short_description == "Multiple errors"
    assert "values missing from the schema" in info.description
    assert "below the min_fraction" in info.description


def condition(sql, severity="ERROR"):
    return {"sql_expression": sql, "severity": severity, "description": f"it must hold that {sql}"}


def test_conditions_of_ones_own(make_statistics, validate):
    path = {"step": ["n"]}
    config = {
        "feature_validations": [{"feature_path": path, "validations": [condition("feature.num_stats.mean > 60")]}],
        "feature_pair_validations": [
            {
                "feature_test_path": path,
                "feature_base_path": path,
                "validations": [condition("feature_test.num_stats.min <= feature_base.num_stats.min", "WARNING")],
            }
        ],
    }
    with pytest.raises(StepError) as caught:
        validate(make_statistics({"train": GOOD}), custom_validation_config=config)
    assert "'n' (it must hold that feature.num_stats.mean > 60)" in str(caught.value)
    assert str(caught.value).endswith("correct the data, or the condition in 'custom_validation_config'.")
    moved = make_statistics({"train": {**GOOD, "n": np.arange(50.0, 150.0)}}, "moved")
    previous = make_statistics({"train": GOOD}, "previous")
    anomalies = validate(moved, previous_statistics=previous, custom_validation_config=config, fail_on_anomalies=False)
    assert kinds(anomalies)["n"] == ["COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH", "CUSTOM_VALIDATION"]


def test_a_warning_is_recorded_and_passes(make_statistics, validate):
    config = {"feature_path": {"step": ["n"]}, "validations": [condition("feature.num_stats.mean > 60", "WARNING")]}
    anomalies = validate(make_statistics({"train": GOOD}), custom_validation_config={"feature_validations": [config]})
    assert anomalies.metadata["anomalies"] == 1


@pytest.mark.parametrize(
    ("parameters", "kind", "wanted"),
    [
        ({"environment": "STAGING"}, UsageError, "no environment 'STAGING': it has 'TRAINING', 'SERVING'"),
        ({"exclude_splits": ["test"]}, UsageError, "the split 'test', which the statistics do not have"),
        ({"imbalance": {"label": 0.1}}, UsageError, "gives the feature 'label' the limits 0.1"),
        ({"imbalance": {"label": {"min_fraction": 5}}}, UsageError, "each from 0 to 1"),
        ({"imbalance": {"label": {"least": 0.1}}}, UsageError, 'an object with "min_fraction"'),
        ({"custom_validation_config": {"checks": []}}, UsageError, 'no field named "checks"'),
        ({"custom_validation_config": BAD_SQL}, UsageError, "does not have a field called nothing"),
        ({"imbalance": {"whom": {"min_fraction": 0.1}}}, InputError, "'whom' cannot be checked, which is no feature"),
        ({"imbalance": {"n": {"min_fraction": 0.1}}}, InputError, "whose values are numbers that were not counted"),
    ],
)
def test_what_it_refuses(make_statistics, validate, parameters, kind, wanted):
    with pytest.raises(kind) as caught:
        validate(make_statistics({"train": GOOD}), **parameters)
    assert wanted in str(caught.value)


def test_a_feature_with_too_many_values_to_balance(make_statistics, validate):
    columns = {**GOOD, "id": [f"{n}" for n in range(100)]}
    statistics = make_statistics({"train": columns})
    batch = pa.RecordBatch.from_pydict(columns)
    path = statistics.split_path("train") / FILE_NAME
    write_statistics(path, generate_statistics([batch], StatisticsOptions(num_rank_histogram_buckets=9)))
    with pytest.raises(InputError, match="which has 100 different values: choose a feature with fewer values"):
        validate(statistics, imbalance={"id": {"min_fraction": 0.1}})


@pytest.mark.tensorflow
def test_it_finds_what_tfdv_finds(make_statistics, validate, schema):
    import tensorflow_data_validation as tfdv

    statistics, previous = make_statistics({"train": BROKEN}), make_statistics({"train": MOVED}, "previous")
    ours = of_split(validate(statistics, previous_statistics=previous, fail_on_anomalies=False), "train")
    loaded = [tfdv.load_stats_binary(str(one.split_path("train") / FILE_NAME)) for one in (statistics, previous)]
    theirs = tfdv.validate_statistics(
        loaded[0], tfdv.load_schema_text(str(schema.schema_file)), previous_statistics=loaded[1]
    )
    assert ours == theirs
    assert len(theirs.anomaly_info) == 4
