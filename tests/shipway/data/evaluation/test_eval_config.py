import pytest

from shipway.data.evaluation.errors import EvalConfigField, EvalConfigInvalid
from shipway.data.evaluation.eval_config import (
    baseline_name,
    complete_eval_config,
    count_change_thresholds,
    has_thresholds,
    parse_eval_config,
)

AUC = {
    "class_name": "AUC",
    "threshold": {
        "value_threshold": {"lower_bound": {"value": 0.7}},
        "change_threshold": {"absolute": -0.01, "direction": "HIGHER_IS_BETTER"},
    },
}


def config(models=({"label_key": "y"},), metrics=(AUC,), **more):
    return {"model_specs": list(models), "metrics_specs": [{"metrics": list(metrics)}], **more}


def test_numbers_may_be_wrapped_and_names_in_either_case():
    parsed = parse_eval_config(config())
    assert parsed.metrics_specs[0].metrics[0].threshold.value_threshold.lower_bound.value == 0.7
    camel = parse_eval_config(
        {"modelSpecs": [{"labelKey": "y"}], "metricsSpecs": [{"metrics": [{"className": "AUC"}]}]}
    )
    assert camel.model_specs[0].label_key == "y"


def test_a_feature_called_value_stays_a_feature():
    parsed = parse_eval_config(config(slicing_specs=[{"feature_values": {"value": "3"}}]))
    assert dict(parsed.slicing_specs[0].feature_values) == {"value": "3"}


def test_without_baseline_the_model_has_no_name_and_changes_are_dropped():
    given = parse_eval_config(
        config(models=[{"name": "candidate", "label_key": "y"}, {"name": "old", "label_key": "y", "is_baseline": True}])
    )
    complete = complete_eval_config(given, has_baseline=False)
    assert [spec.name for spec in complete.model_specs] == [""]
    assert list(complete.metrics_specs[0].model_names) == [""]
    assert count_change_thresholds(given) == 1
    assert count_change_thresholds(complete) == 0
    assert has_thresholds(complete)
    assert baseline_name(complete) is None


@pytest.mark.parametrize("name", ["", "mine"])
def test_with_a_baseline_its_spec_is_a_copy_of_the_models(name):
    given = parse_eval_config(config(models=[{"name": name, "label_key": "y", "example_weight_key": "w"}]))
    complete = complete_eval_config(given, has_baseline=True)
    assert [spec.name for spec in complete.model_specs] == [name or "candidate", "baseline"]
    assert baseline_name(complete) == "baseline"
    assert complete.model_specs[1].example_weight_key == "w"
    assert list(complete.metrics_specs[0].model_names) == [name or "candidate", "baseline"]
    assert given.model_specs[0].name == name


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"modelspecs": []}, 'no field named "modelspecs"'),
        (config(metrics=[{"class_name": "AUC", "threshold": {"value_threshold": {"lower_bound": "high"}}}]), "lower"),
    ],
)
def test_what_is_no_eval_config_is_named(given, sentence):
    with pytest.raises(EvalConfigField, match=r"not the JSON form of tfma.EvalConfig") as caught:
        parse_eval_config(given)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (config(models=[]), "no model spec for the model: add"),
        (config(models=[{"label_key": "y", "is_baseline": True}]), "no model spec for the model"),
        (config(models=[{}]), "no label_key in the model spec ''"),
        (config(models=[{"name": n, "label_key": "y"} for n in "abc"]), "the model specs 'a', 'b', 'c'"),
        (config(models=[{"label_key": "y"}, {"label_key": "y", "is_baseline": True}]), "names do not tell apart"),
        (config(models=[{"label_key": "y", "label_keys": {"a": "y"}}]), "both label_key and label_keys"),
        (config(metrics=[]), "names no metric"),
        (config(slicing_specs=[{"slice_keys_sql": "select"}]), "slices by slice_keys_sql"),
        (config(slicing_specs=[{"feature_keys": ["a"], "feature_values": {"a": "1"}}]), "by 'a' both as a key"),
        (
            config(metrics=[{"class_name": "AUC", "per_slice_thresholds": [{"threshold": AUC["threshold"]}]}]),
            "per_slice_threshold of 'AUC' without slicing_specs",
        ),
        (
            config(metrics=[{"class_name": "AUC", "threshold": {"change_threshold": {"absolute": 0}}}]),
            "change_threshold without direction",
        ),
    ],
)
def test_what_contradicts_itself_is_named_with_a_way_out(given, sentence):
    with pytest.raises(EvalConfigInvalid, match=r"^eval_config ") as caught:
        parse_eval_config(given)
    assert sentence in str(caught.value)
