"""Thresholds one by one: they add up to what `validate` decides."""

import numpy as np
import pytest

from shipway.data.evaluation.checks import bound_in_words, checks_of, scope_in_words
from shipway.data.evaluation.metric_keys import CrossSliceKey, get_slice_key

EVERY = [{}, {"feature_keys": ["s"]}]


def lower(value):
    return {"value_threshold": {"lower_bound": value}}


def change(direction="HIGHER_IS_BETTER", **bounds):
    return {"change_threshold": {"direction": direction, **bounds}}


def sliced(threshold, *specs):
    return {"slicing_specs": list(specs), "threshold": threshold}


AUC = {"class_name": "AUC"}
FNR = {"class_name": "FNR", "threshold": {"value_threshold": {"upper_bound": 0.5}}}
CASES = {
    "every slice": ([{**AUC, "threshold": lower(0.6)}], {"slices": EVERY}),
    "all rows": ([{**AUC, "per_slice_thresholds": [sliced(lower(0.6), {})]}, FNR], {"slices": EVERY}),
    "a slice that is not there": (
        [{**AUC, "per_slice_thresholds": [sliced(lower(0.1), {"feature_values": {"s": "ZZ"}})]}],
        {"slices": EVERY},
    ),
    "a change": ([{**AUC, "threshold": change(absolute=0.9)}], {"baseline": "q"}),
    "a change for the better": ([{**AUC, "threshold": change(absolute=0.0, relative=0.0)}], {"baseline": "q"}),
    "small slices": ([{**AUC, "threshold": lower(0.1)}], {"slices": EVERY, "options": {"min_slice_size": 10}}),
    "not a number": ([{"class_name": "Precision", "threshold": lower(0.5)}], {"slices": EVERY}),
    "comparisons": (
        [
            {
                **AUC,
                "cross_slice_thresholds": [
                    {"cross_slicing_specs": [{"baseline_spec": {}, "slicing_specs": [{"feature_keys": ["s"]}]}],
                     "threshold": lower(-0.01)}
                ],
            }
        ],
        {"slices": EVERY, "cross_slicing_specs": [{"baseline_spec": {}, "slicing_specs": [{"feature_keys": ["s"]}]}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_they_say_what_the_validation_says(run, table, case):
    table["p"] = np.where(np.array(table["s"]) == "BB", 1 - table["p"], table["p"])
    if case == "not a number":
        table["p"] = table["p"] * 0.1
    metrics, options = CASES[case]
    result = run(table, metrics, **options).result
    checks = list(checks_of(result.metrics, result.config))
    assert checks
    assert all(check.is_met for check in checks) == result.validation.validation_ok
    failed = {
        (get_slice_key(one), failure.metric_key.name)
        for one in result.validation.metric_validations_per_slice
        for failure in one.failures
    }
    held = [one for one in checks if one.slice_key is not None]
    assert {(one.slice_key, one.metric.name) for one in held if not one.is_met} == failed
    missing = len(result.validation.missing_slices) + len(result.validation.missing_cross_slices)
    assert sum(one.slice_key is None for one in checks) == (missing if case != "small slices" else 0)


def test_values_and_scopes(run, table):
    bounds = [sliced(lower(0.6), {}), sliced(lower(0.9), {"feature_keys": ["s"]})]
    done = run(table, [{**AUC, "per_slice_thresholds": bounds}], slices=EVERY)
    checks = list(checks_of(done.result.metrics, done.result.config))
    assert checks[0].slice_key == ()
    assert {one.slice_key for one in checks[1:]} == {(("s", name),) for name in ("AA", "BB", "CC")}
    assert all(one.value == done.value("auc", one.slice_key) for one in checks)
    assert [scope_in_words(one.threshold) for one in checks[:2]] == ["all rows", "s"]


def test_the_baseline_is_held_to_nothing(run, table):
    result = run(table, [{**AUC, "threshold": lower(0.5)}], baseline="q").result
    assert [one.metric.model_name for one in checks_of(result.metrics, result.config)] == ["candidate"]


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (lower(0.72), "at least 0.72"),
        ({"value_threshold": {"upper_bound": 0.5}}, "at most 0.5"),
        ({"value_threshold": {"lower_bound": 0.9, "upper_bound": 1.1}}, "from 0.9 to 1.1"),
        (change(absolute=-0.01), "a change of at least -0.01"),
        (change("LOWER_IS_BETTER", absolute=0.01), "a change of at most +0.01"),
        (change(absolute=0.0, relative=-0.1), "a change of at least +0 and at least -10.00% of the baseline's value"),
    ],
)
def test_bounds_in_words(run, table, threshold, words):
    result = run(table, [{**AUC, "threshold": threshold}], baseline="q").result
    (check,) = checks_of(result.metrics, result.config)
    assert bound_in_words(check.threshold) == words


def test_comparisons_have_a_scope_of_two(run, table):
    metrics, options = CASES["comparisons"]
    result = run(table, metrics, **options).result
    checks = list(checks_of(result.metrics, result.config))
    assert all(isinstance(one.slice_key, CrossSliceKey) for one in checks)
    assert {scope_in_words(one.threshold) for one in checks} == {"all rows against s"}
