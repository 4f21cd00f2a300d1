"""Steps in pods that share nothing but a bucket and a metadata store: what the launcher leaves undone, the step does.

A launcher here is Kubeflow's as far as these gaps go: it brings what lies at an input's own URI, and it takes away what
a step that succeeded wrote at an output's own URI.
"""

import json
import shutil
from pathlib import Path

import pytest

from shipway.artifacts import (
    DIGEST,
    HTML,
    RESOLVED_URI,
    ClassificationMetrics,
    ExampleAnomalies,
    Files,
    Model,
    digest_tree,
    local_path,
    uri_of,
)
from shipway.artifacts.object_store import AccessDenied, exists, fetch, read, upload
from shipway.lineage import Lineage
from shipway.settings import MetadataAddress
from shipway.step import Input, Output, StepContext, StepVerdict, step
from shipway.step.executor_input import MissingInput
from shipway.step.pod import Pod
from shipway.step.recording import execute_recorded


@step(image="train")
def train(model: Output[Model], weights: str = "1") -> None:
    """Train."""
    (model.path / "weights").write_text(weights)


@step(image="control")
def find(model: Output[Model], context: StepContext) -> None:
    """Point the output to the newest model."""
    found = context.lineage.latest_artifact("Model", pipeline=context.pipeline_name)
    model.uri = found.uri
    model.metadata.update(found.metadata)
    model.metadata[DIGEST] = found.digest


@step(image="data")
def judge(model: Input[Model], page: Output[HTML], curve: Output[ClassificationMetrics]) -> str:
    """Read the model."""
    page.path.write_text("<p>")
    curve.metadata["confusionMatrix"] = json.dumps({"annotationSpecs": [], "rows": []})
    return (model.path / "weights").read_text()


@step(image="data")
def refuse(anomalies: Output[ExampleAnomalies], files: Output[Files]) -> None:
    """Refuse the data."""
    (anomalies.path / "found").write_text("odd")
    raise StepVerdict("The data is odd: mend it.", evidence=[anomalies])


class Cluster:
    """A bucket, a metadata store, and pods whose mounts are empty when they begin."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.address = MetadataAddress.of(folder / "metadata.db")
        self.monkeypatch = monkeypatch
        self.pods = 0

    def run(self, what, inputs=None, run="run-1", launcher=True, pod=None, **parameters):
        """One pod's life; the artifacts that Kubeflow would hand on."""
        self.pods += 1
        mounts = self.folder / f"pod-{self.pods}"
        self.monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", str(mounts))
        root = f"minio://bucket/v2/artifacts/shop/{run}/{what.name}/attempt"
        own = {name: {"name": name, "uri": f"{root}/{name}"} for name in what.outputs}
        if launcher:
            for artifact in (inputs or {}).values():
                if exists(artifact["uri"]):
                    fetch(artifact["uri"], local_path(artifact["uri"]))
        call = {
            "inputs": {
                "artifacts": {name: {"artifacts": [one]} for name, one in (inputs or {}).items()},
                "parameterValues": parameters,
            },
            "outputs": {
                "artifacts": {name: {"artifacts": [one]} for name, one in own.items()},
                "outputFile": str(local_path(f"{root}/output_metadata.json")),
            },
        }
        try:
            execute_recorded(what, call, self.address, pod or Pod(f"team/pod-{self.pods}", uploads=not launcher))
            written = json.loads(Path(call["outputs"]["outputFile"]).read_text())["artifacts"]
            handed = {name: {**own[name], **listed["artifacts"][0]} for name, listed in written.items()}
            if launcher:
                self._take_away(handed, f"minio://bucket/v2/artifacts/shop/{run}/")
            return handed
        finally:
            shutil.rmtree(mounts, ignore_errors=True)

    def _take_away(self, handed, root):
        for artifact in handed.values():
            assert artifact["uri"].startswith(root), "the launcher fails a step whose output lies elsewhere"
            if local_path(artifact["uri"]).exists():
                upload(local_path(artifact["uri"]), artifact["uri"])

    def executions(self, run="run-1"):
        with Lineage.open(self.address) as lineage:
            return lineage.queries().run(run)


@pytest.fixture
def cluster(tmp_path, monkeypatch, bucket_store):
    return Cluster(tmp_path, monkeypatch)


@pytest.mark.parametrize("launcher", [True, False])
def test_what_a_resolver_finds_in_another_run_reaches_the_next_pod(cluster, launcher):
    trained = cluster.run(train, run="run-1", launcher=launcher, weights="of run 1")["model"]
    found = cluster.run(find, run="run-2", launcher=launcher)["model"]
    assert found["uri"] == "minio://bucket/v2/artifacts/shop/run-2/find/attempt/model"
    assert found["metadata"][RESOLVED_URI] == trained["uri"]
    cluster.run(judge, {"model": found}, run="run-2", launcher=launcher)
    resolver, judged = cluster.executions("run-2")
    assert [one.uri for one in resolver.outputs["model"]] == [trained["uri"]]
    assert [one.uri for one in judged.inputs["model"]] == [trained["uri"]]
    assert RESOLVED_URI not in judged.inputs["model"][0].metadata
    assert judged.output_parameters == {"output": "of run 1"}


def test_without_a_launcher_outputs_are_uploaded_and_the_executor_output_after_them(cluster, bucket_store):
    finished = []
    bucket_store.on_request = lambda method, bucket, key: method == "POST" and finished.append(key)
    handed = cluster.run(train, launcher=False)["model"]
    assert read(f"{handed['uri']}/weights", 10) == b"1"
    assert finished[-1].endswith("/train/attempt/output_metadata.json")
    place = "minio://bucket/v2/artifacts/shop/run-1/train/attempt/output_metadata.json"
    assert json.loads(read(place, 10_000))["artifacts"]["model"]["artifacts"][0]["uri"] == handed["uri"]


def test_kubeflows_pages_get_one_file_and_objects(cluster):
    model = cluster.run(train)["model"]
    handed = cluster.run(judge, {"model": model})
    assert read(handed["page"]["uri"], 10) == b"<p>"
    assert handed["curve"]["metadata"]["confusionMatrix"] == {"annotationSpecs": [], "rows": []}
    *_, judged = cluster.executions()
    assert judged.outputs["curve"][0].metadata["confusionMatrix"] == '{"annotationSpecs": [], "rows": []}'


def test_an_input_that_is_gone_is_named_and_recorded(cluster, bucket_store):
    model = cluster.run(train)["model"]
    bucket_store.buckets["bucket"].clear()
    with pytest.raises(MissingInput) as caught:
        cluster.run(judge, {"model": model})
    assert (
        str(caught.value)
        == f"Step 'judge' needs the input 'model', but its files are gone: nothing lies at {model['uri']!r}."
    )
    assert cluster.executions()[-1].error == str(caught.value)


def test_a_bucket_that_denies_is_the_steps_sentence(cluster, bucket_store):
    model = cluster.run(train)["model"]
    bucket_store.deny = {"GET", "HEAD"}
    with pytest.raises(AccessDenied, match="s3:ListBucket"):
        cluster.run(judge, {"model": model}, launcher=False)
    assert "denies this process" in cluster.executions()[-1].error


def test_the_evidence_of_a_verdict_is_uploaded_though_the_launcher_takes_nothing(cluster):
    with pytest.raises(StepVerdict):
        cluster.run(refuse)
    [execution] = cluster.executions()
    [evidence] = execution.outputs["anomalies"]
    assert evidence.state == "ABANDONED"
    assert read(f"{evidence.uri}/found", 10) == b"odd"


def test_an_execution_says_which_pod_ran_it_and_a_second_try_is_another_of_the_same_node(cluster):
    cluster.run(train)
    cluster.run(train)
    first, second = cluster.executions()
    assert (first.pod_namespace, first.pod_name, second.pod_name) == ("team", "pod-1", "pod-2")
    assert first.task == second.task


def test_a_pods_name_comes_from_kubeflow_or_from_its_host(tmp_path):
    namespace = tmp_path / "namespace"
    namespace.write_text("team\n")
    inside = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "host"}
    assert Pod.from_environment({"HOSTNAME": "laptop"}).name == ""
    assert Pod.from_environment(inside, namespace).name == "team/host"
    assert Pod.from_environment({**inside, "KFP_POD_NAME": "pod"}, namespace).name == "team/pod"
    assert Pod.from_environment(inside, tmp_path / "none").name == "/host"
    assert Pod.from_environment({"SHIPWAY_UPLOAD_OUTPUTS": "1"}).uploads


def test_a_path_below_a_mount_is_a_uri_again(monkeypatch, tmp_path):
    monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", str(tmp_path))
    for uri in ("minio://bucket/a/b", "s3://bucket/a", "gs://bucket/a", "/elsewhere/a"):
        assert uri_of(local_path(uri)) == uri


def test_the_digest_is_the_one_of_the_files(cluster, tmp_path):
    handed = cluster.run(train, weights="x")["model"]
    fetch(handed["uri"], tmp_path / "back")
    assert handed["metadata"][DIGEST] == digest_tree(tmp_path / "back")
