import pytest

from shipway.data.configs import (
    CsvOptions,
    InputSplit,
    InvalidConfig,
    OutputSplit,
    parse_input_config,
    parse_output_config,
)


def test_without_configuration_all_files_are_divided_two_to_one():
    config = parse_input_config({})
    assert config.splits == (InputSplit("single_split", "*"),)
    assert parse_output_config({}, 1).splits == (OutputSplit("train", 2), OutputSplit("eval", 1))


def test_input_splits_stay_as_they_are():
    config = parse_input_config({"splits": [{"name": "a", "pattern": "a*"}, {"name": "b", "pattern": "b*"}]})
    assert [split.name for split in config.splits] == ["a", "b"]
    assert parse_output_config({}, 2).splits == ()


def test_both_spellings_of_protobufs_json():
    snake = {"split_config": {"splits": [{"name": "x", "hash_buckets": 3}], "partition_feature_name": "user"}}
    camel = {"splitConfig": {"splits": [{"name": "x", "hashBuckets": "3"}], "partitionFeatureName": "user"}}
    assert parse_output_config(snake, 1) == parse_output_config(camel, 1)
    assert parse_output_config(snake, 1).partition_feature_name == "user"


def test_csv_options():
    options = parse_input_config({"csv": {"delimiter": ";", "encoding": "latin-1", "null_values": ["NA"]}}).csv
    assert options == CsvOptions(";", "latin-1", ("NA",))


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"split": []}, "The parameter input_config has the unknown key 'split': the keys are splits, csv."),
        ({"splits": {}}, "The parameter input_config.splits is {}: give a value of type list."),
        ({"splits": ["a"]}, "The parameter input_config.splits holds 'a': give a dict with name, pattern."),
        (
            {"splits": [{"name": "a"}]},
            "The parameter input_config.splits has an entry without 'pattern': give each name",
        ),
        (
            {"splits": [{"name": "a/b", "pattern": "*"}]},
            "The parameter input_config.splits has the split name 'a/b': use letters",
        ),
        (
            {"splits": [{"name": "a", "pattern": "*"}] * 2},
            "The parameter input_config.splits names the split 'a' twice: give",
        ),
        ({"csv": {"delimiter": "::"}}, "The parameter input_config.csv has the delimiter '::': give one character."),
    ],
)
def test_an_input_config_of_another_form_is_refused(config, sentence):
    with pytest.raises(InvalidConfig) as caught:
        parse_input_config(config)
    assert str(caught.value).startswith(sentence)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("config", "splits", "problem"),
    [
        ({"split_config": {"splits": [{"name": "a", "hash_buckets": 0}]}}, 1, "has an entry without 'hash_buckets'"),
        ({"split_config": {"splits": [{"name": "a", "hash_buckets": -1}]}}, 1, "gives 'a' -1 hash_buckets"),
        ({"split_config": {"splits": [{"name": "a", "hash_buckets": True}]}}, 1, "is True"),
        ({"split_config": {"splits": [{"name": "a", "hash_buckets": 1}]}}, 2, "divides rows that 2 input splits name"),
        ({"splits": []}, 1, "has the unknown key 'splits'"),
    ],
)
def test_an_output_config_of_another_form_is_refused(config, splits, problem):
    with pytest.raises(InvalidConfig) as caught:
        parse_output_config(config, splits)
    assert problem in str(caught.value)
