"""The outputs of the step, by its function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from shipway.artifacts import FORMAT_TF_EXAMPLE, Examples, Schema
from shipway.data.examples import ExamplesWriter, read_table, split_columns
from shipway.data.schema import read_schema
from shipway.data.statistics import read_split_statistics

pytestmark = pytest.mark.tensorflow

RunTransform = Callable[..., dict[str, Any]]


def test_transformed_examples_keep_splits_span_and_rows(transformed: dict[str, Any]) -> None:
    written = transformed["transformed_examples"]

    assert (written.split_names, written.span, written.version) == (["train", "eval"], 3, 2)
    assert written.metadata["rows"] == 170
    assert [read_table(written, split).num_rows for split in ("train", "eval")] == [120, 50]


def test_dense_features_are_scalar_columns_of_the_transformed_types(transformed: dict[str, Any]) -> None:
    columns = {field.name: field.type for field in split_columns(transformed["transformed_examples"], "train")}

    assert columns["z_score"] == pa.float32()
    assert columns["bucket"] == columns["word_index"] == columns["label"] == pa.int64()
    assert columns["tfidf_index"] == pa.list_(pa.int64())
    assert columns["tfidf_weight"] == pa.list_(pa.float32())


def test_z_score_is_learned_from_the_analyzed_split_alone(
    transformed: dict[str, Any], raw_rows: dict[str, pa.RecordBatch]
) -> None:
    amounts = {split: pc.fill_null(batch["amount"], 0.0).to_numpy() for split, batch in raw_rows.items()}
    expected = (amounts["eval"] - amounts["train"].mean()) / amounts["train"].std()

    found = read_table(transformed["transformed_examples"], "eval")["z_score"].to_numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_tft_opens_the_graph(transformed: dict[str, Any]) -> None:
    import tensorflow as tf
    import tensorflow_transform as tft

    output = tft.TFTransformOutput(str(transformed["transform_graph"].path))

    assert sorted(output.vocabulary_by_name("words")) == [b"blue", b"green", b"red"]
    assert output.transformed_feature_spec()["z_score"] == tf.io.FixedLenFeature([], tf.float32)
    assert sorted(output.raw_feature_spec()) == ["amount", "count", "label", "ragged", "text", "word"]
    assert output.num_buckets_for_transformed_feature("word_index") == 5


def test_schemas_are_those_of_the_raw_and_the_transformed_features(transformed: dict[str, Any]) -> None:
    before = read_schema(transformed["pre_transform_schema"].schema_file)
    after = read_schema(transformed["post_transform_schema"].schema_file)

    assert {feature.name for feature in before.feature} >= {"amount", "word"}
    buckets = next(feature for feature in after.feature if feature.name == "bucket")
    assert (buckets.int_domain.min, buckets.int_domain.max, buckets.int_domain.is_categorical) == (0, 3, True)


def test_statistics_are_those_of_the_analyzed_split(transformed: dict[str, Any]) -> None:
    before, after = transformed["pre_transform_stats"], transformed["post_transform_stats"]

    assert before.split_names == after.split_names == ["train"]
    assert before.span == after.span == 3
    assert read_split_statistics(before, "train").datasets[0].num_examples == 120
    names = [feature.path.step[0] for feature in read_split_statistics(after, "train").datasets[0].features]
    assert names == sorted(split_columns(transformed["transformed_examples"], "train").names)


def test_splits_config_chooses_what_is_analyzed_and_what_is_transformed(
    run_transform: RunTransform, examples: Examples
) -> None:
    config = {"analyze": ["eval"], "transform": ["train"]}
    outputs = run_transform(examples, preprocessing_fn="strings", splits_config=config)

    assert outputs["transformed_examples"].split_names == ["train"]
    assert outputs["pre_transform_stats"].split_names == ["eval"]
    columns = split_columns(outputs["transformed_examples"], "train")
    assert (columns.field("text").type, columns.field("sparse").type) == (pa.string(), pa.string())


def test_missing_values_of_a_sparse_feature_stay_missing(
    run_transform: RunTransform, examples: Examples, raw_rows: dict[str, pa.RecordBatch]
) -> None:
    outputs = run_transform(examples, preprocessing_fn="strings")

    found = read_table(outputs["transformed_examples"], "eval")["sparse"]
    assert found.to_pylist() == raw_rows["eval"]["word"].to_pylist()


def test_tfrecord_payload_is_transformed_alike(run_transform: RunTransform, examples: Examples, tmp_path: Path) -> None:
    records = Examples(uri=str(tmp_path / "records"))
    records.payload_format = FORMAT_TF_EXAMPLE
    for split in examples.split_names:
        with ExamplesWriter(records, split) as writer:
            writer.write(read_table(examples, split).to_batches()[0])
    records.split_names = examples.split_names

    tables = [
        read_table(run_transform(source, preprocessing_fn="strings")["transformed_examples"], "train")
        for source in (examples, records)
    ]
    assert tables[0].equals(tables[1])


def test_custom_config_reaches_a_function_that_takes_it(run_transform: RunTransform, examples: Examples) -> None:
    tables = [
        read_table(
            run_transform(examples, preprocessing_fn="with_config", custom_config={"factor": factor})[
                "transformed_examples"
            ],
            "train",
        )
        for factor in (1.0, 3.0)
    ]

    np.testing.assert_allclose(tables[1]["scaled"].to_numpy(), 3 * tables[0]["scaled"].to_numpy(), rtol=1e-5)


def test_whole_numbers_serve_as_a_float_feature(
    run_transform: RunTransform, raw_rows: dict[str, pa.RecordBatch], tmp_path: Path
) -> None:
    whole = Examples(uri=str(tmp_path / "whole"))
    batch = pa.RecordBatch.from_arrays([pa.array([1, 2, None, 4]), pa.array([0, 1, 0, 1])], ["amount", "label"])
    with ExamplesWriter(whole, "train") as writer:
        writer.write(batch)
    whole.split_names = ["train"]

    outputs = run_transform(whole, preprocessing_fn="with_config", custom_config={"factor": 1.0})
    found = read_table(outputs["transformed_examples"], "train")["scaled"].to_numpy()
    expected = np.array([1, 2, 0, 4]) - 1.75
    np.testing.assert_allclose(found, expected / np.sqrt(np.mean(expected**2)), atol=1e-6)


def test_progress_tells_the_rows_done(run_transform: RunTransform, examples: Examples) -> None:
    told: list[int] = []
    run_transform(examples, preprocessing_fn="strings", progress=told.append)

    assert told == [120, 170]


def test_module_may_change_the_options_of_the_statistics(
    run_transform: RunTransform, examples: Examples, tmp_path: Path
) -> None:
    module = tmp_path / "with_updater.py"
    module.write_text(
        "from shipway_components.transform.stats_options import StatsType\n"
        "def preprocessing_fn(inputs):\n"
        "    return {'label': inputs['label']}\n"
        "def stats_options_updater_fn(stats_type, stats_options):\n"
        "    if stats_type is StatsType.PRE_TRANSFORM:\n"
        "        stats_options.feature_allowlist = ['word']\n"
        "    return stats_options\n"
    )
    outputs = run_transform(examples, module_file=str(module))

    before, after = (
        read_split_statistics(outputs[name], "train").datasets[0].features
        for name in ("pre_transform_stats", "post_transform_stats")
    )
    assert [feature.path.step[0] for feature in before] == ["word"]
    assert [feature.path.step[0] for feature in after] == ["label"]


def test_wide_rows_make_small_batches(examples: Examples, raw_schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from shipway_components.transform import raw_features

    monkeypatch.setattr(raw_features, "BATCH_BYTES", 1500)
    batches = list(raw_features.RawFeatures(examples, raw_schema).batches(["train"]))

    assert sum(batch.num_rows for batch in batches) == 120
    assert 2 < len(batches) <= 120


def test_taxi_is_transformed_whole(taxi_csv: Path, run_transform: RunTransform, tmp_path: Path) -> None:
    import pyarrow.csv as csv

    rows = csv.read_csv(taxi_csv)
    taxi = Examples(uri=str(tmp_path / "taxi"))
    with ExamplesWriter(taxi, "train") as writer:
        for batch in rows.select(["fare", "company", "tips"]).to_batches():
            writer.write(batch)
    taxi.split_names = ["train"]
    (tmp_path / "schema").mkdir()
    names = {"fare": "FLOAT", "company": "BYTES", "tips": "FLOAT"}
    text = "\n".join(f'feature {{ name: "{name}" type: {kind} }}' for name, kind in names.items())
    (tmp_path / "schema" / "schema.pbtxt").write_text(text)

    outputs = run_transform(taxi, schema=Schema(uri=str(tmp_path / "schema")), preprocessing_fn="taxi")

    table = read_table(outputs["transformed_examples"], "train")
    assert table.num_rows == 15002
    counts = pc.value_counts(rows["company"].drop_null()).to_pylist()
    largest = max(count["counts"] for count in counts)
    assert pc.sum(pc.equal(table["company"], 0)).as_py() == max(largest, rows["company"].null_count)
    assert abs(pc.mean(table["fare"]).as_py()) < 1e-4
