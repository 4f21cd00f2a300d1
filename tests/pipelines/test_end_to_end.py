"""The pipelines as a person runs them: by the command line, in a home of their own, from files to a pushed model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from shipway_pipelines.flights import features

pytestmark = pytest.mark.tensorflow

EVERY_STEP = {
    "example-gen", "statistics-gen", "schema-gen", "example-validator", "transform", "trainer",
    "latest-blessed-model-resolver", "evaluator", "infra-validator", "pusher",
}  # fmt: skip


class Place:
    """A folder to run in, with its own home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def call(self, *words: str) -> str:
        """What `shipway ...` prints."""
        environment = {**os.environ, "SHIPWAY_HOME": str(self.folder / "home")}
        command = [sys.executable, "-m", "shipway.cli", *words]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *words: str) -> dict:
        """The JSON report of `shipway run ... --json`."""
        return json.loads(self.call("run", *words, "--json").splitlines()[-1])

    def model_inputs(self, report: dict) -> set[str]:
        """The raw features that the pushed model is asked with."""
        from shipway.data.model.serving_model import ServingModel

        return set(ServingModel.load(Path(report["pushed"]), session_only=True).signature("predict_features").inputs)

    def slices(self, report: dict) -> set[str]:
        """The features that the evaluation was sliced by."""
        from shipway.data.evaluation.eval_result import read_metrics

        (folder,) = (self.folder / "home" / "artifacts").glob(f"*/{report['run_id']}/evaluator/*/evaluation")
        return {name for key in read_metrics(folder) for name, _ in key}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def penguins(place):
    return place.run("penguins")


def test_penguins_from_files_to_a_pushed_model(place, penguins):
    assert {step["name"] for step in penguins["steps"]} == EVERY_STEP
    assert penguins["state"] == "SUCCEEDED"
    assert penguins["metrics"]["sparse_categorical_accuracy"] > 0.95
    assert penguins["blessed"] is True
    assert Path(penguins["pushed"]).parent == place.folder / "serving" / "penguins"
    assert place.model_inputs(penguins) == {"bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"}


def test_penguins_again_are_all_cached(place, penguins):
    again = place.run("penguins")
    assert all(step["cached"] for step in again["steps"])
    assert again["pushed"] == penguins["pushed"]
    assert again["metrics"] == penguins["metrics"]


def test_examples_as_records_of_tf_example_give_such_a_model_too(place, penguins):
    """The compiled YAML with another payload."""
    place.call("compile", "penguins", "-o", "records.yaml")
    file = place.folder / "records.yaml"
    spec, platform = yaml.safe_load_all(file.read_text())
    parameters = spec["root"]["dag"]["tasks"]["example-gen"]["inputs"]["parameters"]
    parameters["payload_format"] = {"runtimeValue": {"constant": "tfrecord"}}
    spec["pipelineInfo"]["name"] = "records"
    file.write_text(yaml.safe_dump_all([spec, platform]))
    report = place.run("records.yaml", "--param", "push_destination=serving/records")
    folder = place.folder / "home" / "artifacts" / "records" / report["run_id"]
    assert list(folder.glob("example-gen/*/examples/Split-train/data_tfrecord-*.gz"))
    assert not list(folder.glob("example-gen/*/examples/Split-train/*.parquet"))
    assert report["metrics"]["example_count"] == penguins["metrics"]["example_count"]
    assert report["metrics"]["sparse_categorical_accuracy"] > 0.95
    assert place.model_inputs(report) == place.model_inputs(penguins)


def test_taxi_tells_big_tippers_from_others(place, taxi_csv):
    report = place.run("taxi", "--param", f"data={taxi_csv}")
    assert report["metrics"]["auc"] >= 0.92
    assert report["metrics"]["example_count"] == pytest.approx(15_002 / 3, rel=0.05)
    assert report["blessed"] is True
    assert Path(report["pushed"]).is_dir()
    assert place.slices(report) == {"trip_start_hour", "payment_type"}


@pytest.fixture(scope="module")
def flights(place):
    return place.run("flights", "--param", "train_steps=600")


def test_flights_of_a_whole_year(place, flights):
    assert {step["name"] for step in flights["steps"]} == EVERY_STEP | {"join-flights"}
    assert flights["metrics"]["auc"] >= 0.74
    assert flights["metrics"]["example_count"] == pytest.approx(327_346 / 3, rel=0.01)
    assert flights["blessed"] is True
    assert place.model_inputs(flights) == set(features.COLUMNS) - {"late", "day", "flight", "tailnum"}
    assert place.slices(flights) == {"carrier", "origin", "hour"}


def test_the_card_of_flights_says_what_its_author_wrote(place, flights):
    (card,) = (place.folder / "home" / "artifacts" / "flights" / flights["run_id"]).glob("evaluator/*/report")
    text = card.read_text()
    assert "## Intended use\n\nTo show how a pipeline is written" in text
    assert "The model is **blessed**." in text


def test_flights_of_some_months(place, flights):
    report = place.run("flights", "--param", "spans=1-9", "--until", "example-gen")
    assert {step["name"]: step["cached"] for step in report["steps"] if step["state"] == "SUCCEEDED"} == {
        "join-flights": True, "example-gen": False,
    }  # fmt: skip
    (examples,) = (place.folder / "home" / "artifacts" / "flights" / report["run_id"]).glob("example-gen/*/examples")
    months = {month for split in ("train", "eval") for month in read_months(examples / f"Split-{split}")}
    assert months == set(range(1, 10))


def read_months(split: Path) -> set[int]:
    import pyarrow.parquet as pq

    return {
        month
        for file in split.glob("*.parquet")
        for month in pq.read_table(file, columns=["month"])["month"].to_pylist()
    }


def test_any_ml_metadata_client_reads_the_flights_run(place, flights):
    from ml_metadata import MetadataStore
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(place.folder / "home" / "metadata.db")
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
    store = MetadataStore(config)
    run = store.get_context_by_type_and_name("pipeline_run", flights["run_id"])
    assert store.get_context_by_type_and_name("pipeline", "flights") is not None
    executions = store.get_executions_by_context(run.id)
    assert len(executions) == len(EVERY_STEP) + 1
    assert {execution.last_known_state for execution in executions} == {mlmd.Execution.COMPLETE}
    nodes = {context.type for one in executions for context in store.get_contexts_by_execution(one.id)}
    assert nodes == {"pipeline", "pipeline_run", "node"}
    artifacts = store.get_artifacts_by_context(run.id)
    assert {artifact.type for artifact in artifacts} >= {
        "Examples", "ExampleStatistics", "Schema", "ExampleAnomalies", "TransformGraph", "Model", "ModelRun",
        "ModelEvaluation", "ModelBlessing", "InfraBlessing", "PushedModel",
    }  # fmt: skip
    examples = next(one for one in artifacts if one.type == "Examples" and one.properties["span"].int_value == 12)
    assert json.loads(examples.properties["split_names"].string_value) == ["train", "eval"]
    kinds = {event.type for event in store.get_events_by_execution_ids([one.id for one in executions])}
    assert kinds == {mlmd.Event.INPUT, mlmd.Event.OUTPUT}
