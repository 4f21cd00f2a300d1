"""Every step, run as its container would run it in a Kubeflow pod: by its command line alone.

The steps hand their artifacts on as Kubeflow does: the type and the name are gone, metadata comes back changed (whole
numbers as floats), buckets are mounted below one root, and an extra output `executor-logs` is asked for. Each step is a
process of its own, so this is one test: what it costs is TensorFlow's import, five times.
"""

import json
import os
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from shipway.artifacts import local_path
from shipway.lineage import Lineage

REPOSITORY = Path(__file__).resolve().parents[2]
PENGUINS = REPOSITORY / "pipelines" / "shipway_pipelines" / "penguins"
MODULE = "shipway_pipelines.penguins.module"
RUN = "0f6f6a0e-6b1f-4c9e-9d2e-5d7a4f3b2c1d"
EVAL_CONFIG = {
    "modelSpecs": [{"labelKey": "species_xf", "preprocessingFunctionNames": ["transform_features"]}],
    "slicingSpecs": [{}, {"featureKeys": ["island"]}],
    "metricsSpecs": [
        {
            "metrics": [
                {
                    "className": "SparseCategoricalAccuracy",
                    "threshold": {"valueThreshold": {"lowerBound": {"value": 0.4}}},
                },
                {"className": "ExampleCount"},
            ]
        }
    ],
}


class Cluster:
    """Mounted buckets, a metadata store, and the launcher's side of the contract."""

    def __init__(self, folder: Path) -> None:
        self.mounts = folder / "mnt"
        self.metadata = folder / "metadata.db"
        self.environment = {
            **os.environ,
            "SHIPWAY_MOUNT_ROOT": str(self.mounts),
            "SHIPWAY_METADATA": str(self.metadata),
        }

    def run(self, step, outputs=(), inputs=None, **parameters):
        """Run one step; returns its output artifacts as Kubeflow would hand them to the next, and its parameters."""
        task = step.rpartition(".")[2].replace("_", "-")
        attempt = f"mlpipeline/v2/artifacts/penguins/{RUN}/{task}/{uuid.uuid4()}"
        wired = {name: {"artifacts": [artifact]} for name, artifact in (inputs or {}).items()}
        executor_input = {
            "inputs": {"artifacts": wired, "parameterValues": parameters},
            "outputs": {
                "artifacts": {
                    name: {"artifacts": [{"name": name, "uri": f"minio://{attempt}/{name}"}]}
                    for name in (*outputs, "executor-logs")
                },
                "outputFile": f"{self.mounts}/minio/{attempt}/output_metadata.json",
            },
        }
        command = [sys.executable, "-m", "shipway.step", step, "--executor-input", json.dumps(executor_input)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, cwd="/", timeout=200)
        assert done.returncode == 0, done.stderr
        output = json.loads(Path(executor_input["outputs"]["outputFile"]).read_text())
        handed_on = {name: as_kubeflow_hands_on(listed["artifacts"][0]) for name, listed in output["artifacts"].items()}
        return handed_on, output["parameterValues"]

    def path(self, artifact) -> Path:
        return local_path(artifact["uri"])


def as_kubeflow_hands_on(artifact):
    metadata = {key: float(value) if isinstance(value, int) else value for key, value in artifact["metadata"].items()}
    metadata |= {"display_name": "artifact", "state": "PUBLISHED", "nested": {"struct": {"a": 1}}}
    return {"name": "7", "type": {"instanceSchema": ""}, "uri": artifact["uri"], "metadata": metadata}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    cluster = Cluster(tmp_path)
    monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", str(cluster.mounts))
    return cluster


BASE = "shipway_components"


def validated_examples(cluster, folder):
    """ExampleGen to ExampleValidator: examples and their schema."""
    made, _ = cluster.run(
        f"{BASE}.example_gen",
        ["examples"],
        input_base=str(PENGUINS / "data"),
        input_config={"splits": [{"name": "all", "pattern": "*.csv"}], "csv": {"null_values": ["NA"]}},
    )
    examples = made["examples"]
    assert sorted(path.name for path in cluster.path(examples).glob("Split-*")) == ["Split-eval", "Split-train"]

    made, _ = cluster.run(f"{BASE}.statistics_gen", ["statistics", "report"], {"examples": examples})
    statistics = made["statistics"]
    assert (cluster.path(statistics) / "Split-train" / "FeatureStats.pb").stat().st_size > 0

    made, _ = cluster.run(f"{BASE}.schema_gen", ["schema"], {"statistics": statistics})
    schema = made["schema"]
    curated = folder / "curated.pbtxt"
    curated.write_text((cluster.path(schema) / "schema.pbtxt").read_text())
    made, _ = cluster.run(f"{BASE}.schema_gen.import_schema_gen", ["schema"], schema_file=str(curated))
    assert (cluster.path(made["schema"]) / "schema.pbtxt").read_text() == curated.read_text()

    resolver = f"{BASE}.resolver.previous_statistics_resolver"
    resolved, _ = cluster.run(resolver, ["previous_statistics"], {"statistics": statistics})
    assert resolved["previous_statistics"]["metadata"]["resolved"] == 0

    wired = {"statistics": statistics, "schema": schema}
    made, _ = cluster.run(f"{BASE}.example_validator", ["anomalies"], wired)
    assert (cluster.path(made["anomalies"]) / "Split-eval" / "SchemaDiff.pb").is_file()
    return examples, schema


def trained_model(cluster, examples, schema):
    """Transform and Trainer."""
    transformed, _ = cluster.run(
        f"{BASE}.transform",
        [
            "transform_graph", "transformed_examples", "pre_transform_schema", "pre_transform_stats",
            "post_transform_schema", "post_transform_stats",
        ],
        {"examples": examples, "schema": schema},
        module_file=MODULE,
    )  # fmt: skip
    assert (cluster.path(transformed["transform_graph"]) / "transform_fn" / "saved_model.pb").is_file()
    trained, _ = cluster.run(
        f"{BASE}.trainer",
        ["model", "model_run"],
        {
            "examples": transformed["transformed_examples"],
            "transform_graph": transformed["transform_graph"],
            "schema": schema,
        },
        module_file=MODULE,
        train_args={"splits": ["train"], "num_steps": 40},
        eval_args={"splits": ["eval"], "num_steps": 2},
    )
    assert (cluster.path(trained["model"]) / "Format-Serving" / "saved_model.pb").is_file()
    return trained["model"]


def blessings(cluster, examples, schema, model):
    """The resolver of the baseline, Evaluator and InfraValidator."""
    resolver = f"{BASE}.resolver.latest_blessed_model_resolver"
    resolved, _ = cluster.run(resolver, ["model"], {"candidate": model})
    assert resolved["model"]["metadata"]["resolved"] == 0
    evaluated, verdict = cluster.run(
        f"{BASE}.evaluator",
        ["evaluation", "blessing", "metrics", "classification", "report"],
        {"examples": examples, "model": model, "baseline_model": resolved["model"], "schema": schema},
        eval_config=EVAL_CONFIG,
    )
    assert verdict["blessed"] is True
    assert (cluster.path(evaluated["blessing"]) / "BLESSED").is_file()
    infra, _ = cluster.run(f"{BASE}.infra_validator", ["blessing"], {"model": model, "examples": examples})
    assert (cluster.path(infra["blessing"]) / "INFRA_BLESSED").is_file()
    return evaluated["blessing"], infra["blessing"]


def used_and_found_again(cluster, examples, model, blessing, infra_blessing, destination):
    """BulkInferrer, Pusher and the other resolvers."""
    wired = {"examples": examples, "model": model, "model_blessing": blessing}
    inferred, _ = cluster.run(f"{BASE}.bulk_inferrer", ["inference_result", "output_examples"], wired)
    assert list(cluster.path(inferred["inference_result"]).rglob("*.parquet"))

    wired = {"model": model, "model_blessing": blessing, "infra_blessing": infra_blessing}
    pushed, _ = cluster.run(f"{BASE}.pusher", ["pushed_model"], wired, destination=str(destination))
    version = str(int(pushed["pushed_model"]["metadata"]["pushed_version"]))
    assert (destination / version / "saved_model.pb").is_file()

    latest, _ = cluster.run(f"{BASE}.resolver.latest_artifact_resolver", ["artifact"], artifact_type="Model")
    assert latest["artifact"]["metadata"]["resolved_uri"] == model["uri"]
    newest, _ = cluster.run(f"{BASE}.resolver.latest_model_resolver", ["model"])
    assert newest["model"]["metadata"]["resolved_uri"] == model["uri"]
    spans, _ = cluster.run(f"{BASE}.resolver.span_range_resolver", ["examples"], first_span=0, last_span=0)
    splits = cluster.path({"uri": spans["examples"]["metadata"]["resolved_uri"]}).glob("Split-*")
    assert sorted(path.name for path in splits) == ["Split-eval", "Split-train"]


@pytest.mark.tensorflow
def test_every_step_runs_by_its_command_line_alone(cluster, tmp_path):
    examples, schema = validated_examples(cluster, tmp_path)
    model = trained_model(cluster, examples, schema)
    blessing, infra_blessing = blessings(cluster, examples, schema, model)
    used_and_found_again(cluster, examples, model, blessing, infra_blessing, tmp_path / "serving")

    lineage = Lineage.open(cluster.metadata)
    executions = lineage.queries().run(RUN)
    lineage.close()
    assert {execution.state for execution in executions} == {"COMPLETE"}
    assert len(executions) == 16


def test_sql_examples_come_from_a_database(cluster, tmp_path):
    database = sqlite3.connect(tmp_path / "penguins.sqlite")
    database.execute("create table penguins (species integer, mass real, island text)")
    database.executemany(
        "insert into penguins values (?, ?, ?)",
        [(n % 3, 3000.0 + n, "Biscoe" if n % 2 else "Dream") for n in range(60)],
    )
    database.commit()
    database.close()
    made, _ = cluster.run(
        "shipway_components.example_gen.sql_example_gen",
        ["examples"],
        url=f"sqlite:///{tmp_path}/penguins.sqlite",
        query="select * from penguins where mass >= :least",
        query_parameters={"least": 3010},
    )
    assert made["examples"]["metadata"]["rows"] == 50
