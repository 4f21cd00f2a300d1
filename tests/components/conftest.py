"""Raw examples, their transform graph and one trained model, made once for the steps that train, serve and predict."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from shipway.artifacts import Examples, ExampleStatistics, Model, ModelRun, Schema, TransformGraph
from shipway.data.examples import ExamplesWriter
from shipway.step import StepContext

TRAINING_MODULE = str(Path(__file__).parent / "trainer" / "training_module.py")

RAW_SCHEMA = """
feature { name: "amount" type: FLOAT value_count { min: 1 max: 1 } }
feature { name: "count" type: INT value_count { min: 1 max: 1 } }
feature { name: "word" type: BYTES value_count { min: 1 max: 1 } }
feature { name: "tags" type: BYTES }
feature { name: "pair" type: FLOAT shape { dim { size: 2 } } presence { min_fraction: 1 } }
feature { name: "label" type: INT shape {} presence { min_fraction: 1 } }
"""


def _rows(seed, rows):
    random = np.random.default_rng(seed)
    amount = random.normal(3, 2, rows)
    words = random.choice(["red", "green", "blue"], rows)
    columns = {
        "amount": pa.array(amount, pa.float32(), mask=random.random(rows) < 0.1),
        "count": pa.array(random.integers(0, 9, rows), mask=random.random(rows) < 0.1),
        "word": pa.array(words, mask=random.random(rows) < 0.1),
        "tags": pa.array([[f"t{i}" for i in range(random.integers(0, 4))] for _ in range(rows)]),
        "pair": pa.array(random.random((rows, 2)).tolist(), pa.list_(pa.float32())),
        "label": pa.array((amount > 3).astype(np.int64)),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


@pytest.fixture
def context(tmp_path):
    """Of a step that is called by its function; `context.seen` is what it reported as progress."""
    seen = []
    made = StepContext("pipeline", "run", "task", tmp_path / "work", progress=seen.append)
    made.work_dir.mkdir()
    object.__setattr__(made, "seen", seen)
    return made


@pytest.fixture(scope="session")
def raw_examples(tmp_path_factory):
    examples = Examples(str(tmp_path_factory.mktemp("raw")))
    for seed, (split, rows) in enumerate({"train": 96, "eval": 40}.items()):
        with ExamplesWriter(examples, split) as writer:
            writer.write(_rows(seed, rows))
    examples.split_names = ["train", "eval"]
    return examples


@pytest.fixture(scope="session")
def raw_schema_artifact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw_schema")
    (folder / "schema.pbtxt").write_text(RAW_SCHEMA)
    return Schema(str(folder))


@pytest.fixture(scope="session")
def transform_outputs(tmp_path_factory, raw_examples, raw_schema_artifact):
    """(transform graph, transformed examples) of the training module's preprocessing function."""
    from shipway_components.transform import transform

    folder = tmp_path_factory.mktemp("transform")
    outputs = {
        "transform_graph": TransformGraph,
        "transformed_examples": Examples,
        "pre_transform_schema": Schema,
        "pre_transform_stats": ExampleStatistics,
        "post_transform_schema": Schema,
        "post_transform_stats": ExampleStatistics,
    }
    artifacts = {name: kind(str(folder / name)) for name, kind in outputs.items()}
    for path in (*(artifact.path for artifact in artifacts.values()), folder / "work"):
        path.mkdir()
    transform.function(
        examples=raw_examples,
        schema=raw_schema_artifact,
        module_file=TRAINING_MODULE,
        context=StepContext("pipeline", "run", "transform", folder / "work"),
        **artifacts,
    )
    return artifacts["transform_graph"], artifacts["transformed_examples"]


@pytest.fixture(scope="session")
def train_model(tmp_path_factory, transform_outputs, raw_schema_artifact):
    """Runs the Trainer on the transformed examples; returns (model, model run, the rows it reported as progress)."""
    from shipway_components.trainer import trainer

    def train(**parameters):
        folder = tmp_path_factory.mktemp("trainer")
        model, model_run, seen = Model(str(folder / "model")), ModelRun(str(folder / "run")), []
        for name in ("model", "run", "work"):
            (folder / name).mkdir()
        given = {"module_file": TRAINING_MODULE, "train_args": {"num_steps": 8}} | parameters
        trainer.function(
            examples=transform_outputs[1],
            model=model,
            model_run=model_run,
            context=StepContext("pipeline", "run", "trainer", folder / "work", progress=seen.append),
            transform_graph=transform_outputs[0],
            schema=raw_schema_artifact,
            **given,
        )
        return model, model_run, seen

    return train


@pytest.fixture(scope="session")
def trained(train_model):
    return train_model()


@pytest.fixture(scope="session")
def trained_model(trained):
    return trained[0]
