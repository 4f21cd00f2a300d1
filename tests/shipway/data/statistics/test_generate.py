"""The stream of batches: progress, samples, slices, weights, and what cannot be counted."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from shipway.data.statistics import SlicedStatistics, StatisticsOptions, generate_statistics, overall
from shipway.data.statistics.slices import MOST_SLICES
from shipway.errors import InputError

ROWS = pa.RecordBatch.from_pydict(
    {"who": ["a", "b", None, "a"], "n": [1, 2, 3, 4], "tags": [["x", "x"], ["y"], None, ["x", "y"]]}
)


def names(options: StatisticsOptions, rows: pa.RecordBatch = ROWS) -> dict[str, int]:
    return {dataset.name: dataset.num_examples for dataset in generate_statistics([rows], options).datasets}


def test_it_imports_neither_tensorflow_nor_beam_nor_pandas(tmp_path: Path) -> None:
    rows = pa.Table.from_batches([ROWS] * 30)
    pyarrow.parquet.write_table(rows, tmp_path / "rows.parquet")
    code = (
        "import sys\nfrom pathlib import Path\nimport pyarrow.parquet\n"
        "from shipway.data.statistics import generate_statistics, overall\n"
        "from shipway.data.validation_engine import infer_schema, update_schema, validate_statistics\n"
        "from shipway.data.statistics import StatisticsOptions\n"
        "options = StatisticsOptions(sample_rate=0.9, weight_feature='n').with_slices(['who', 'tags'])\n"
        "found = overall(generate_statistics(pyarrow.parquet.ParquetFile(sys.argv[1]).iter_batches(), options))\n"
        "schema = update_schema(infer_schema(found), found)\n"
        "assert not validate_statistics(found, schema).anomaly_info\n"
        "print(sorted({'tensorflow', 'apache_beam', 'pandas', 'tensorflow_data_validation'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "rows.parquet")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_progress_tells_the_rows_done_so_far() -> None:
    seen: list[int] = []
    generate_statistics([ROWS, ROWS.slice(1)], progress=seen.append)
    assert seen == [4, 7]


def test_batches_may_be_cut_anywhere() -> None:
    whole = generate_statistics([ROWS])
    assert generate_statistics([ROWS.slice(0, 1), ROWS.slice(1, 2), ROWS.slice(3)]) == whole


def test_a_sample_is_a_part_of_the_rows_and_always_the_same() -> None:
    rows = pa.RecordBatch.from_pydict({"n": np.arange(10_000)})
    options = StatisticsOptions(sample_rate=0.25)
    first, second = (overall(generate_statistics([rows], options)) for _ in range(2))
    assert first == second
    assert first.num_examples == pytest.approx(2500, rel=0.1)


def test_only_allowed_features_are_looked_at() -> None:
    options = StatisticsOptions(feature_allowlist=["n"], weight_feature="n").with_slices(["who"])
    dataset = generate_statistics([ROWS], options).datasets[1]
    assert dataset.name == "who_a"
    assert [feature.path.step[0] for feature in dataset.features] == ["n"]
    assert dataset.weighted_num_examples == 5


def test_slices_by_value_by_combination_and_by_named_values() -> None:
    assert names(StatisticsOptions().with_slices(["who"])) == {"All Examples": 4, "who_a": 2, "who_b": 1}
    crossed = {"All Examples": 4, "tags_x_who_a": 2, "tags_y_who_a": 1, "tags_y_who_b": 1}
    assert names(StatisticsOptions().with_slices([["who", "tags"]])) == crossed
    assert names(StatisticsOptions().with_slices([{"n": ["2", 9]}])) == {"All Examples": 4, "n_2": 1}


def test_accumulators_over_different_rows_merge() -> None:
    left, right = SlicedStatistics(StatisticsOptions()), SlicedStatistics(StatisticsOptions())
    left.add(ROWS.slice(0, 2))
    right.add(ROWS.slice(2))
    assert left.overall is not None
    assert right.overall is not None
    left.overall.merge(right.overall)
    assert left.statistics() == generate_statistics([ROWS])


def test_memory_does_not_grow_with_few_distinct_values() -> None:
    accumulator = SlicedStatistics(StatisticsOptions())
    rows = pa.RecordBatch.from_pydict({"n": np.arange(60_000) % 100, "f": np.random.default_rng(0).random(60_000)})
    for _ in range(40):
        accumulator.add(rows)
    assert accumulator.overall is not None
    held = accumulator.overall.features["f"].values.quantiles  # type: ignore[union-attr]
    assert held._pending_size <= held.capacity
    found = {feature.path.step[0]: feature.num_stats for feature in accumulator.statistics().datasets[0].features}
    assert found["n"].common_stats.num_non_missing == 2_400_000
    assert found["f"].median == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("rows", "options", "wanted"),
    [
        (ROWS, {"weight_feature": "w"}, "weight column 'w' is not among the columns 'who', 'n', 'tags'"),
        (ROWS, {"weight_feature": "who"}, "weight column 'who' holds string values"),
        (ROWS, {"weight_feature": "tags"}, "weight column 'tags'"),
        ({"w": [1, None]}, {"weight_feature": "w"}, "has rows without a weight"),
        ({"w": [[1], [1, 2]]}, {"weight_feature": "w"}, "or with several"),
        ({"w": [1.0, -1.0]}, {"weight_feature": "w"}, "negative or not finite"),
        ({"w": [1.0, float("nan")]}, {"weight_feature": "w"}, "negative or not finite"),
        (ROWS, {"slices": ["whom"]}, "Cannot slice on 'whom', which is no feature: the features are 'who'"),
        (ROWS, {"slices": [{"n": ["two"]}]}, "Cannot slice the feature 'n' on 'two', which is not an integer"),
        ({"b": [b"\xff"]}, {"slices": ["b"]}, "is not valid UTF-8"),
        (ROWS, {"feature_allowlist": ["whom"]}, "'feature_allowlist' names 'whom', which is no feature"),
        ({"n": range(MOST_SLICES + 1)}, {"slices": ["n"]}, f"Slicing on 'n' makes more than {MOST_SLICES} slices"),
        ({"flag": [True]}, {}, "column 'flag' holds bool values"),
    ],
)
def test_what_cannot_be_counted(rows: object, options: dict[str, object], wanted: str) -> None:
    batch = rows if isinstance(rows, pa.RecordBatch) else pa.RecordBatch.from_pydict(rows)
    with pytest.raises(InputError) as caught:
        generate_statistics([batch], StatisticsOptions.from_mapping(options))
    assert wanted in str(caught.value)


def test_a_feature_that_changes_its_kind_is_named() -> None:
    batches = [pa.RecordBatch.from_pydict({"x": values}) for values in ([None], [1], ["one"])]
    with pytest.raises(InputError, match="feature 'x' holds both INT and STRING values"):
        generate_statistics(batches)
