"""Each step of `penguins` as a pod of its own image: artifacts in the bucket, lineage in the service, nothing else.

The pods are restricted, with a read-only root. Their executor inputs are those that Kubeflow Pipelines would give.
"""

import json

import pytest
import yaml
from helm_release import prepared_release
from release_pods import run_python
from step_pods import STORE_SECRET, PodRun

from shipway.artifacts import local_path
from shipway.artifacts import object_store as stored
from shipway.runner.compile import compile_pipeline
from shipway_pipelines.penguins.pipeline import DATA

TASKS = [
    "example-gen", "statistics-gen", "schema-gen", "example-validator", "transform", "trainer",
    "latest-blessed-model-resolver", "evaluator", "infra-validator", "pusher",
]  # fmt: skip

LINEAGE = """
import json, os, sys
from shipway.lineage import LineageQueries
from shipway.settings import MetadataAddress

queries = LineageQueries.open(MetadataAddress.from_environment(os.environ))
print(json.dumps([
    {
        "task": one.task, "state": one.state, "error": one.error, "pod": one.pod_name, "namespace": one.pod_namespace,
        "inputs": {key: [a.uri for a in listed] for key, listed in one.inputs.items()},
        "outputs": {
            key: [[a.uri, a.type_name, a.digest, a.metadata] for a in listed] for key, listed in one.outputs.items()
        },
    }
    for one in queries.run(sys.argv[1])
]))
"""


@pytest.fixture
def release(cluster, namespace, images):
    """The metadata service alone: steps need no other."""
    off = {"enabled": False}
    found = prepared_release(cluster, namespace, images, dashboards=off, exporter=off, watcher=off)
    found.install()
    yield found
    found.uninstall()


@pytest.fixture
def pod_run(release, images, object_store, bucket, tmp_path, monkeypatch):
    """Runs of `penguins` in the release's namespace; the bucket is reached from here too."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    keys = {name: value for name, value in object_store.environment.items() if name.startswith("AWS_")}
    release.cluster.secret(STORE_SECRET, release.namespace, **keys)
    compiled = tmp_path / "penguins.yaml"
    compile_pipeline("penguins", compiled)
    spec = next(iter(yaml.safe_load_all(compiled.read_text())))
    stored.upload(local_path(DATA), f"minio://{bucket}/raw/penguins")
    parameters = {
        "data": f"minio://{bucket}/raw/penguins",
        "push_destination": f"minio://{bucket}/models/penguins",
    }

    def make():
        return PodRun(release, images, object_store, bucket, spec, parameters)

    return make


def test_every_step_of_penguins_runs_as_a_pod_and_leaves_artifact_and_lineage(pod_run, release, bucket):
    run = pod_run()
    run.run_all()
    assert set(run.outputs) == set(TASKS)
    executions = run_python(release, LINEAGE, run.run_id)
    assert [one["state"] for one in executions] == ["COMPLETE"] * len(TASKS), executions
    assert {one["task"]: one["pod"] for one in executions} == run.pods
    assert {one["namespace"] for one in executions} == {release.namespace}
    by_task = {one["task"]: one for one in executions}

    for one in executions:
        for listed in one["outputs"].values():
            for uri, kind, digest, metadata in listed:
                if metadata.get("resolved", 1) and metadata["size_bytes"]:
                    assert stored.digest_at(uri) == digest, f"{kind} {uri}"
    [[model, *_]] = by_task["trainer"]["outputs"]["model"]
    assert by_task["evaluator"]["inputs"]["model"] == [model]
    assert by_task["evaluator"]["inputs"].get("baseline_model", []) == []
    assert stored.read(run.artifact("statistics-gen", "report")["uri"], 15) == b"<!DOCTYPE html>"
    assert run.artifact("evaluator", "metrics")["metadata"]["blessed"] == 1

    pushed = run.artifact("pusher", "pushed_model")["metadata"]
    assert pushed["pushed_destination"] == f"minio://{bucket}/models/penguins"
    place = f"{pushed['pushed_destination']}/{pushed['pushed_version']}"
    assert stored.exists(f"{place}/saved_model.pb")
    print({task: round(seconds, 1) for task, seconds in run.seconds.items()})

    _what_is_found_in_another_run(pod_run, run, model, release)
    _a_step_that_fails(pod_run, run, release)


def _what_is_found_in_another_run(pod_run, first, model, release):
    """A second run's Resolver finds the model of the first, and its Evaluator, in another pod, compares with it."""
    second = pod_run()
    second.outputs = {task: first.outputs[task] for task in ("example-gen", "trainer")}
    candidate = second.artifact("trainer", "model")
    candidate["metadata"]["digest"] = "of another model"
    phase, said = second.run("latest-blessed-model-resolver", candidate=candidate)
    assert phase == "Succeeded", said
    found = second.artifact("latest-blessed-model-resolver", "model")
    assert found["metadata"]["resolved_uri"] == model
    assert found["uri"] != model
    phase, said = second.run("evaluator")
    assert phase == "Succeeded", said
    resolver, evaluator = run_python(release, LINEAGE, second.run_id)
    assert [uri for uri, *_ in resolver["outputs"]["model"]] == [model]
    assert evaluator["inputs"]["baseline_model"] == [model]
    assert "baseline sparse_categorical_accuracy" in second.artifact("evaluator", "metrics")["metadata"]


def _a_step_that_fails(pod_run, first, release):
    """One sentence in the pod's log and in lineage, and the exit code."""
    third = pod_run()
    gone = first.artifact("statistics-gen", "statistics")
    gone["uri"] += "-gone"
    phase, said = third.run("schema-gen", statistics=gone)
    sentence = (
        f"Step 'schema_gen' needs the input 'statistics', but its files are gone: nothing lies at {gone['uri']!r}."
    )
    assert (phase, said.strip().splitlines()[-1]) == ("Failed", f"Error: {sentence}")
    [status] = release.cluster.get("pod", third.pods["schema-gen"], namespace=release.namespace)["status"][
        "containerStatuses"
    ]
    assert status["state"]["terminated"]["exitCode"] == 1
    [execution] = run_python(release, LINEAGE, third.run_id)
    assert (execution["state"], execution["error"]) == ("FAILED", sentence)
    assert json.dumps(said).count("Traceback") == 0
