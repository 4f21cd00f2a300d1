"""StatisticsGen on small examples: what it writes, records and refuses."""

import math
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

from shipway.artifacts import FORMAT_TF_EXAMPLE, HTML, Examples, ExampleStatistics, Schema
from shipway.data.examples import ExamplesWriter
from shipway.data.statistics import overall, read_split_statistics
from shipway.errors import InputError, UsageError
from shipway_components.statistics_gen import statistics_gen

SPLITS = {
    "train": {"who": ["a", "b", None, "a"], "n": [1, 2, 3, 4], "tags": [["x", "z"], ["y"], None, ["x"]]},
    "eval": {"who": ["a", "c"], "n": [7, 8], "tags": [["x"], None]},
}


def write_examples(folder: Path, splits: dict[str, dict[str, list]], payload_format: str = "") -> Examples:
    examples = Examples(str(folder))
    examples.span = 3
    if payload_format:
        examples.payload_format = payload_format
    for split, columns in splits.items():
        with ExamplesWriter(examples, split) as writer:
            writer.write(pa.RecordBatch.from_pydict(columns))
    examples.split_names = list(splits)
    return examples


@pytest.fixture
def examples(tmp_path):
    return write_examples(tmp_path / "examples", SPLITS)


@pytest.fixture
def statistics(tmp_path):
    return ExampleStatistics(str(tmp_path / "statistics"))


def report_beside(statistics: ExampleStatistics) -> HTML:
    return HTML(f"{statistics.path}.html")


def features(statistics: ExampleStatistics, split: str) -> dict:
    return {one.path.step[0]: one for one in overall(read_split_statistics(statistics, split)).features}


def test_each_split_gets_its_statistics(examples, statistics, context):
    statistics_gen.function(examples=examples, statistics=statistics, report=report_beside(statistics), context=context)
    assert (statistics.split_names, statistics.span, statistics.metadata["rows"]) == (["train", "eval"], 3, 6)
    assert sorted(path.name for path in statistics.path.rglob("*.*")) == ["FeatureStats.pb", "FeatureStats.pb"]
    assert features(statistics, "train")["n"].num_stats.mean == 2.5
    assert features(statistics, "eval")["n"].num_stats.mean == 7.5
    assert features(statistics, "train")["tags"].string_stats.common_stats.max_num_values == 2
    assert context.seen == [4, 6]


def test_tfrecords_have_the_same_statistics(tmp_path, examples, statistics, context):
    records = write_examples(tmp_path / "records", SPLITS, FORMAT_TF_EXAMPLE)
    other = ExampleStatistics(str(tmp_path / "other"))
    statistics_gen.function(examples=examples, statistics=statistics, report=report_beside(statistics), context=context)
    statistics_gen.function(examples=records, statistics=other, report=report_beside(other), context=context)
    assert features(statistics, "train") == features(other, "train")


def test_parameters_reach_the_statistics(tmp_path, examples, statistics, context):
    (tmp_path / "schema").mkdir()
    schema = Schema(str(tmp_path / "schema"))
    schema.schema_file.write_text('feature { name: "n" type: INT int_domain { is_categorical: true } }')
    statistics_gen.function(
        examples=examples,
        statistics=statistics,
        report=report_beside(statistics),
        context=context,
        schema=schema,
        stats_options={"num_top_values": 1, "weight_feature": "n"},
        exclude_splits=["eval"],
        slices=["who"],
    )
    assert statistics.split_names == ["train"]
    found = read_split_statistics(statistics, "train")
    assert [dataset.name for dataset in found.datasets] == ["All Examples", "who_a", "who_b"]
    assert overall(found).weighted_num_examples == 10
    top = features(statistics, "train")["n"].string_stats.top_values
    assert [value.value for value in top] == ["4"]


@pytest.mark.parametrize(
    ("parameters", "kind", "wanted"),
    [
        (
            {"exclude_splits": ["test"]},
            UsageError,
            "split 'test', which the examples do not have: their splits are 'tr",
        ),
        ({"exclude_splits": ["train", "eval"]}, UsageError, "No split of the examples is left to work on"),
        ({"sample_rate": 2.0}, UsageError, "'sample_rate' is 2.0, but it has to be above 0 and at most 1"),
        ({"sample_rate": 1e-9}, InputError, "split 'train' of the examples has no row at a sample_rate of 1e-09"),
        ({"slices": ["whom"]}, InputError, "Cannot slice on 'whom'"),
        ({"stats_options": {"schema_json": "{"}}, UsageError, "is no schema"),
    ],
)
def test_what_it_refuses(examples, statistics, context, parameters, kind, wanted):
    with pytest.raises(kind) as caught:
        statistics_gen.function(
            examples=examples, statistics=statistics, report=report_beside(statistics), context=context, **parameters
        )
    assert wanted in str(caught.value)


def test_an_empty_split_is_named(tmp_path, statistics, context):
    examples = write_examples(tmp_path / "empty", {"train": {"n": [1]}, "eval": {"n": pa.array([], pa.int64())}})
    with pytest.raises(InputError, match="The split 'eval' of the examples has no rows: check the step that wrote it"):
        statistics_gen.function(
            examples=examples, statistics=statistics, report=report_beside(statistics), context=context
        )


def test_two_schemas_are_one_too_many(tmp_path, examples, statistics, context):
    (tmp_path / "schema").mkdir()
    schema = Schema(str(tmp_path / "schema"))
    with pytest.raises(UsageError, match="stats_options holds a schema, and the input 'schema' is given as well"):
        statistics_gen.function(
            examples=examples,
            statistics=statistics,
            report=report_beside(statistics),
            context=context,
            schema=schema,
            stats_options={"schema_json": "{}"},
        )


def test_statistics_of_real_trips_take_no_heavy_import(tmp_path, taxi_csv):
    table = pyarrow.csv.read_csv(taxi_csv)
    examples = Examples(str(tmp_path / "trips"))
    with ExamplesWriter(examples, "train") as writer:
        for batch in table.to_batches():
            writer.write(batch)
    examples.split_names = ["train"]
    code = f"""
import sys
from pathlib import Path
from shipway.artifacts import HTML, Examples, ExampleStatistics
from shipway.step import StepContext
from shipway_components.statistics_gen import statistics_gen
examples = Examples({examples.uri!r}, metadata={examples.metadata!r})
statistics_gen.function(
    examples=examples,
    statistics=ExampleStatistics({str(tmp_path / "statistics")!r}),
    report=HTML({str(tmp_path / "report.html")!r}),
    context=StepContext("pipeline", "run", "task", Path({str(tmp_path)!r})),
)
print({{"tensorflow", "apache_beam", "tensorflow_data_validation", "pandas"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
    found = overall(read_split_statistics(ExampleStatistics(str(tmp_path / "statistics")), "train"))
    assert found.num_examples == 15_002
    assert (tmp_path / "report.html").stat().st_size < 20_000
    assert math.isclose(found.features[1].num_stats.mean, 11.7681, rel_tol=1e-3)
