"""Verdicts and the words for them."""

import numpy as np
import pytest

from shipway.data.evaluation.reasons import REASON_LIMIT, reasons_of

EVERY = [{}, {"feature_keys": ["s"]}]


def auc(**bounds):
    return {"class_name": "AUC", **bounds}


def lower(value):
    return {"value_threshold": {"lower_bound": value}}


def change(direction="HIGHER_IS_BETTER", **bounds):
    return {"change_threshold": {"direction": direction, **bounds}}


def reasons(done):
    return reasons_of(done.result.validation, done.result.suppressed)


def test_a_threshold_without_slices_binds_every_slice(run, table):
    table["p"] = np.where(np.array(table["s"]) == "BB", 1 - table["p"], table["p"])
    done = run(table, [auc(threshold=lower(0.6))], slices=EVERY)
    assert not done.result.validation.validation_ok
    (reason,) = [reason for reason in reasons(done) if "BB" in reason]
    assert reason == f"auc {done.value('auc', (('s', 'BB'),)):.4g} on slice s=BB is below 0.6"
    details = {
        str(d.slicing_spec): d.num_matching_slices for d in done.result.validation.validation_details.slicing_details
    }
    assert details == {"": 4}


def test_all_rows_alone_are_an_empty_slicing_spec(run, table):
    table["p"] = np.where(np.array(table["s"]) == "BB", 1 - table["p"], table["p"])
    overall = run(table, ["AUC"]).value("auc")
    bound = [{"slicing_specs": [{}], "threshold": lower(overall - 0.01)}]
    assert run(table, [auc(per_slice_thresholds=bound)], slices=EVERY).result.validation.validation_ok
    bound[0]["threshold"] = lower(overall + 0.01)
    done = run(table, [auc(per_slice_thresholds=bound)], slices=EVERY)
    assert reasons(done) == [f"auc {overall:.4g} overall is below {overall + 0.01:g}"]


def test_upper_bounds_and_a_number_that_is_none(run):
    table = {"y": [1, 0, 1], "p": [0.1, 0.2, 0.3]}
    upper = {"class_name": "FNR", "threshold": {"value_threshold": {"upper_bound": 0.5}}}
    assert reasons(run(table, [upper])) == ["fnr 1 overall is above 0.5"]
    undefined = {"class_name": "Precision", "threshold": lower(0.5)}
    assert reasons(run(table, [undefined])) == ["precision nan overall is not a number, and a threshold bounds it"]


@pytest.mark.parametrize(
    ("bound", "is_ok"),
    [
        (change(absolute=0.0), True),
        (change(absolute=0.9), False),
        (change(relative=0.0), True),
        (change(relative=5.0), False),
        (change(absolute=0.0, relative=5.0), False),
        (change("LOWER_IS_BETTER", absolute=0.0), False),
        (change("LOWER_IS_BETTER", relative=5.0), True),
    ],
)
def test_changes_against_the_baseline(run, table, bound, is_ok):
    done = run(table, [auc(threshold=bound)], baseline="q")
    assert done.result.validation.validation_ok is is_ok
    assert len(reasons(done)) == (0 if is_ok else 1)


def test_a_change_in_words(run, table):
    done = run(table, [auc(threshold=change(absolute=0.9))], baseline="q")
    gained = done.value("auc", is_diff=True)
    assert reasons(done) == [f"auc overall changed by {gained:+.4g} against the baseline, less than +0.9"]


def test_a_relative_change_of_nothing_is_no_change(run):
    table = {"y": [1, 0], "p": [0.9, 0.1], "q": [0.4, 0.1]}
    recall = {"class_name": "Recall", "threshold": change(relative=0.0)}
    assert not run(table, [recall], baseline="q").result.validation.validation_ok


def test_without_thresholds_no_model_is_good_enough(run, table):
    done = run(table, ["AUC"])
    assert done.result.validation.missing_thresholds
    assert reasons(done) == [
        "no threshold is set: add one to a metric of eval_config, a model is blessed for what it reaches"
    ]
    assert run(table, ["AUC"], rubber_stamp=True).result.validation.validation_ok


def test_slices_that_a_threshold_names_and_no_row_is_in(run, table):
    bound = [{"slicing_specs": [{"feature_values": {"s": "ZZ"}}, {"feature_keys": ["h"]}], "threshold": lower(0.1)}]
    done = run(table, [auc(per_slice_thresholds=bound)], slices=EVERY)
    assert reasons(done) == [
        "no row is in the slice s=ZZ, which a threshold is for",
        "no row is in the slice h, which a threshold is for",
    ]


def test_a_slice_that_is_too_small_misses_its_metric(run, table):
    done = run(table, [auc(threshold=lower(0.1))], slices=EVERY, options={"min_slice_size": 10})
    assert reasons(done) == ["auc is missing on slice s=CC, which has fewer than 10 rows"]


def test_a_metric_by_name_and_a_bound_on_a_gap(run, table):
    name = "fairness_indicators_metrics/false_positive_rate@0.5"
    gap = {
        "baseline_spec": {"feature_values": {"s": "AA"}},
        "slicing_specs": [{"feature_values": {"s": "BB"}}],
    }
    table["p"] = np.where(np.array(table["s"]) == "BB", np.float32(0.9), np.where(table["y"] == 1, 0.9, 0.1))
    at_most = {"slicing_specs": [{"feature_keys": ["s"]}], "threshold": {"value_threshold": {"upper_bound": 0.2}}}
    at_least = {"cross_slicing_specs": [gap], "threshold": lower(-0.1)}
    spec = {
        "metrics": [{"class_name": "FairnessIndicators", "config": '{"thresholds": [0.5]}'}],
        "per_slice_thresholds": {name: {"thresholds": [at_most]}},
        "cross_slice_thresholds": {name: {"thresholds": [at_least]}},
    }
    done = run(table, slices=EVERY, metrics_specs=[spec], cross_slicing_specs=[gap])
    assert sorted(reasons(done)) == [
        f"{name} -1 on s=AA against s=BB is below -0.1",
        f"{name} 1 on slice s=BB is above 0.2",
    ]


def test_many_reasons_are_counted(run):
    rows = REASON_LIMIT + 20
    table = {"y": [1] * rows, "p": [0.1] * rows, "s": list(range(rows))}
    recall = {"class_name": "Recall", "threshold": lower(0.5)}
    told = reasons(run(table, [recall], slices=[{"feature_keys": ["s"]}]))
    assert len(told) == REASON_LIMIT + 1
    assert told[-1] == "20 more thresholds do not hold"
