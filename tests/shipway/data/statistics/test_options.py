"""Options by TFDV's names: what is taken, what is refused, and in which words."""

import json
from typing import Any

import pytest

from shipway.data.statistics import StatisticsOptions
from shipway.errors import UsageError


def test_the_json_of_tfdv_is_taken_as_it_is() -> None:
    """The keys are those of `tfdv.StatsOptions(...).to_json()` of version 1.16."""
    given = {
        "_generators": None, "_feature_allowlist": ["a"], "_schema": None, "label_feature": None,
        "weight_feature": "w", "_slice_functions": None, "_sample_rate": 0.5, "num_top_values": 7,
        "frequency_threshold": 1, "weighted_frequency_threshold": 1.0, "num_rank_histogram_buckets": 1000,
        "_num_values_histogram_buckets": 10, "_num_histogram_buckets": 10, "_num_quantiles_histogram_buckets": 10,
        "epsilon": 0.01, "infer_type_from_schema": False, "_desired_batch_size": None,
        "enable_semantic_domain_stats": False, "_semantic_domain_stats_sample_rate": None,
        "_per_feature_weight_override": None, "_vocab_paths": None, "_add_default_generators": True,
        "_use_sketch_based_topk_uniques": False, "_slice_sqls": None, "_experimental_num_feature_partitions": 1,
        "_experimental_result_partitions": 1, "_experimental_filter_read_paths": False,
        "_per_feature_stats_config": None, "TYPE_NAME": "StatsOptions",
        "slicing_config_json": json.dumps({"slicingSpecs": [{"featureKeys": ["b"], "featureValues": {"c": "x"}}, {}]}),
        "per_feature_weight_override_json": {'["a"]': "v"},
    }  # fmt: skip
    options = StatisticsOptions.from_mapping(given)
    assert options == StatisticsOptions(
        feature_allowlist=["a"],
        weight_feature="w",
        sample_rate=0.5,
        num_top_values=7,
        slices=({"b": None, "c": ["x"]},),
        per_feature_weight_override={"a": "v"},
    )
    assert options.weight_of("a") == "v"
    assert options.weight_of("b") == "w"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"num_top": 3}, "no statistics option 'num_top'"),
        ({"label_feature": "tips"}, "'label_feature' asks for lift statistics"),
        ({"enable_semantic_domain_stats": True}, "asks for semantic domain statistics"),
        ({"add_default_generators": False}, "asks for nothing but custom statistics"),
        ({"slicing_config": {"slicing_specs": [{"slice_keys_sql": "SELECT"}]}}, "asks for slicing by SQL"),
        ({"num_top_values": "many"}, "'num_top_values' is 'many', but it has to be a whole number"),
        ({"num_top_values": 0}, "'num_top_values' is 0, but it has to be at least 1"),
        ({"num_quantiles_histogram_buckets": 1}, "has to be at least 2"),
        ({"sample_rate": 0}, "'sample_rate' is 0, but it has to be above 0 and at most 1"),
        ({"sample_rate": "all"}, "'sample_rate' is 'all', but it has to be a number"),
        ({"weight_feature": 3}, "a feature's name"),
        ({"feature_allowlist": "a"}, "a list of features' names"),
        ({"slices": [{"a": [1.5]}]}, "strings or integers as the values"),
        ({"slices": [7]}, "'slices' is 7, but it has to be a feature's name"),
    ],
)
def test_what_is_refused(given: dict[str, Any], wanted: str) -> None:
    with pytest.raises(UsageError) as caught:
        StatisticsOptions.from_mapping(given)
    assert wanted in str(caught.value)


def test_slices_in_their_short_forms() -> None:
    options = StatisticsOptions().with_slices(["a", ["a", "b"], {"a": "x", "b": [1, 2], "c": None}])
    assert list(options.slices) == [{"a": None}, {"a": None, "b": None}, {"a": ["x"], "b": [1, 2], "c": None}]
