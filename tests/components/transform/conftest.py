"""Small examples with dense, sparse and ragged features, missing values included, and their schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.artifacts import Examples, ExampleStatistics, Schema, TransformGraph
from shipway.data.examples import ExamplesWriter
from shipway.step import StepContext
from shipway.step.context import no_progress

ROWS = {"train": 120, "eval": 50}

OUTPUTS = {
    "transform_graph": TransformGraph,
    "transformed_examples": Examples,
    "pre_transform_schema": Schema,
    "pre_transform_stats": ExampleStatistics,
    "post_transform_schema": Schema,
    "post_transform_stats": ExampleStatistics,
}

SCHEMA = """
feature { name: "amount" type: FLOAT }
feature { name: "count" type: INT }
feature { name: "word" type: BYTES }
feature { name: "text" type: BYTES }
feature { name: "ragged" type: INT }
feature { name: "label" type: INT shape {} presence { min_fraction: 1 min_count: 1 } }
tensor_representation_group {
  key: ""
  value {
    tensor_representation {
      key: "ragged"
      value { ragged_tensor { feature_path { step: "ragged" } } }
    }
  }
}
"""


@pytest.fixture(scope="session")
def raw_schema() -> schema_pb2.Schema:
    return text_format.Parse(SCHEMA, schema_pb2.Schema())


@pytest.fixture(scope="session")
def raw_rows() -> dict[str, pa.RecordBatch]:
    random = np.random.default_rng(7)
    return {split: _rows(random, rows) for split, rows in ROWS.items()}


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory, raw_rows: dict[str, pa.RecordBatch]) -> Examples:
    made = Examples(uri=str(tmp_path_factory.mktemp("examples")))
    for split, batch in raw_rows.items():
        with ExamplesWriter(made, split) as writer:
            writer.write(batch)
    made.split_names, made.span, made.version = list(raw_rows), 3, 2
    return made


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    folder: Path = tmp_path_factory.mktemp("schema")
    (folder / "schema.pbtxt").write_text(SCHEMA)
    return Schema(uri=str(folder))


def _rows(random: np.random.Generator, rows: int) -> pa.RecordBatch:
    words = np.array(["red", "green", "blue", "blue", "blue", "green", "violet"])
    columns = {
        "amount": pa.array(random.normal(3, 2, rows), pa.float32(), mask=random.random(rows) < 0.1),
        "count": pa.array(random.integers(0, 9, rows), mask=random.random(rows) < 0.1),
        "word": pa.array(random.choice(words, rows), mask=random.random(rows) < 0.1),
        "text": pa.array([" ".join(random.choice(words, random.integers(0, 5))) for _ in range(rows)]),
        "ragged": pa.array([list(random.integers(0, 5, random.integers(0, 4))) for _ in range(rows)]),
        "label": pa.array(random.integers(0, 2, rows)),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


@pytest.fixture(scope="session")
def module_file() -> str:
    return str(Path(__file__).parent / "preprocessing_module.py")


@pytest.fixture(scope="session")
def run_transform(
    tmp_path_factory: pytest.TempPathFactory, schema: Schema, module_file: str
) -> Callable[..., dict[str, Any]]:
    """Runs the step by its function; returns its outputs by name."""
    from shipway_components.transform import transform

    def run(examples: Examples, progress: Callable[[int], None] = no_progress, **parameters: Any) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("transform")
        outputs = {name: kind(uri=str(folder / name)) for name, kind in OUTPUTS.items()}
        for artifact in outputs.values():
            artifact.path.mkdir()
        work_dir = folder / "work"
        work_dir.mkdir()
        given = {"schema": schema, "module_file": module_file} | parameters
        context = StepContext("p", "r", "t", work_dir, progress)
        transform.function(examples=examples, context=context, **outputs, **given)
        return outputs

    return run


@pytest.fixture(scope="session")
def transformed(run_transform: Callable[..., dict[str, Any]], examples: Examples) -> dict[str, Any]:
    """The outputs for `preprocessing_fn`."""
    return run_transform(examples)
