import pytest

from shipway.data.errors import UnknownSplit
from shipway_components.bulk_inferrer.errors import BadInferenceSpec
from shipway_components.bulk_inferrer.plan import InferencePlan

SCORE = {"output_key": "outputs", "output_column": "score"}


@pytest.fixture
def plan(raw_examples):
    def read(
        data_spec={}, model_spec={}, output_example_spec={}, output_format="parquet", signature_name="", batch_size=100
    ):
        return InferencePlan.read(
            raw_examples, data_spec, model_spec, output_example_spec, output_format, [], signature_name, batch_size
        )

    return read


def test_without_specs_all_splits_are_predicted(plan):
    assert plan() == InferencePlan(("train", "eval"), "", "parquet", (), None, 100)


def test_tfxs_specs_are_read(plan):
    read = plan(
        data_spec={"example_splits": ["eval"]},
        model_spec={"model_signature_name": ["serving_default"], "tag": ["serve"]},
        output_example_spec={"output_columns_spec": [{"predict_output": {"output_columns": [SCORE]}}]},
    )
    assert read.splits == ("eval",)
    assert read.signature == "serving_default"
    assert read.renamed == {"outputs": "score"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"data_spec": {"splits": ["eval"]}}, "data_spec: it has no field 'splits'"),
        ({"model_spec": {"model_signature_name": ["a", "b"]}}, "it names 2 signatures"),
        ({"model_spec": {"tag": ["gpu"]}}, "the tag"),
        ({"output_format": "csv"}, "output_format 'csv': it must be 'parquet' or 'prediction_log'"),
        ({"batch_size": 0}, "batch_size 0: it must be at least 1"),
        ({"output_example_spec": {"output_columns_spec": []}}, "has 0 entries instead of one"),
        (
            {"output_example_spec": {"output_columns_spec": [{"classify_output": {}}]}},
            "output_columns_spec: it has no field 'classify_output'",
        ),
        (
            {"output_example_spec": {"output_columns_spec": [{"predict_output": {"output_columns": [{}]}}]}},
            "needs entries of output_key and output_column",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(plan, given, problem):
    with pytest.raises(BadInferenceSpec, match=problem):
        plan(**given)


def test_a_split_that_is_not_there_is_named(plan):
    with pytest.raises(UnknownSplit, match="no split 'test'"):
        plan(data_spec={"example_splits": ["test"]})
