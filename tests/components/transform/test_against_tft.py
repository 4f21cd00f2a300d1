"""The step gives what TF Transform gives: the same files, values and schema."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import Examples, TransformGraph
from shipway.data.examples import read_table

pytestmark = pytest.mark.tensorflow

NGRAMS = "vocab_compute_and_apply_vocabulary_vocabulary"
"""The name that TF Transform gives the first vocabulary without one."""


@pytest.fixture(scope="module")
def tft_transform(
    tmp_path_factory: pytest.TempPathFactory, examples: Examples, raw_schema: schema_pb2.Schema, module_file: str
) -> Callable[[str, Any], tuple[Path, pa.Table]]:
    """TF Transform's own pipeline: the folder it writes, and the eval split transformed."""
    import apache_beam as beam
    import tensorflow_transform.beam as tft_beam

    from shipway_components.transform.preprocessing import Preprocessing
    from shipway_components.transform.raw_features import RawFeatures

    def run(function: str, runner: Any) -> tuple[Path, pa.Table]:
        folder = tmp_path_factory.mktemp("tft")
        raw = RawFeatures(examples, raw_schema)
        preprocessing = Preprocessing(module_file, function, {})
        table = folder / "eval.arrow"
        with tft_beam.Context(temp_dir=str(folder / "scratch")), beam.Pipeline(runner=runner) as pipeline:
            train = pipeline | "Train" >> beam.Create(list(raw.batches(["train"], rows=50)))
            rows = pipeline | "Eval" >> beam.Create(list(raw.batches(["eval"])))
            graph = (train, raw.config) | tft_beam.AnalyzeDataset(preprocessing)
            _ = graph | tft_beam.WriteTransformFn(str(folder / "graph"))
            written, _ = ((rows, raw.config), graph) | tft_beam.TransformDataset(output_record_batches=True)
            _ = written | beam.Map(lambda pair, path=str(table): _write(pair[0], path))
        with pa.OSFile(str(table)) as file:
            return folder / "graph", pa.ipc.open_file(file).read_all()

    return run


def test_step_equals_tft_on_beams_direct_runner(
    transformed: dict[str, Any], tft_transform: Callable[[str, Any], tuple[Path, pa.Table]]
) -> None:
    graph, rows = tft_transform("preprocessing_fn", "DirectRunner")

    assert_same_graph(transformed["transform_graph"], graph, [NGRAMS, "words"])
    assert_same_rows(read_table(transformed["transformed_examples"], "eval"), rows)


def test_step_equals_tft_with_more_analyzers_and_phases(
    run_transform: Callable[..., dict[str, Any]],
    examples: Examples,
    tft_transform: Callable[[str, Any], tuple[Path, pa.Table]],
) -> None:
    from shipway.data.beam import EagerRunner

    outputs = run_transform(examples, preprocessing_fn="more_analyzers")
    graph, rows = tft_transform("more_analyzers", EagerRunner())

    assets = ["counts", "informative", "none_left", "reserved", "shuffled", "top", "weighted", "with_frequency"]
    assert_same_graph(outputs["transform_graph"], graph, assets)
    assert_same_rows(read_table(outputs["transformed_examples"], "eval"), rows)


def assert_same_graph(ours: TransformGraph, theirs: Path, assets: list[str]) -> None:
    folders = (ours.path / "transform_fn" / "assets", theirs / "transform_fn" / "assets")
    assert [sorted(path.name for path in folder.iterdir()) for folder in folders] == [assets, assets]
    assert filecmp.cmpfiles(*folders, assets, shallow=False)[0] == assets
    for name in ("schema.pbtxt", "asset_map"):
        paths = [folder / "transformed_metadata" / name for folder in (ours.path, theirs)]
        assert paths[0].read_text() == paths[1].read_text()


def assert_same_rows(ours: pa.Table, theirs: pa.Table) -> None:
    assert sorted(ours.column_names) == sorted(theirs.column_names)
    for name in ours.column_names:
        expected = [value or [] for value in theirs[name].to_pylist()]
        found = [[] if value is None else np.atleast_1d(value).tolist() for value in ours[name].to_pylist()]
        assert [len(value) for value in found] == [len(value) for value in expected], name
        np.testing.assert_allclose(np.concatenate(found), np.concatenate(expected), rtol=1e-5, atol=1e-5, err_msg=name)


def _write(batch: pa.RecordBatch, path: str) -> None:
    with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
