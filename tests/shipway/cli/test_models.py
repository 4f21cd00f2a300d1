"""`shipway models` and `shipway rollback`, on a cluster's API in this process."""

import json

import pytest

from shipway.cli.__main__ import main
from shipway.kube.connection import connect
from shipway.kube.serving import deploying
from shipway.kube.serving.asking import ask_made_up_row
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.deploying import deploy
from shipway.kube.serving.identity import ServedVersion
from shipway.kube.serving.serving_spec import Serving
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(deploying, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    for name in ("SHIPWAY_METADATA", "SHIPWAY_OBJECT_STORE_ENDPOINT", "SHIPWAY_KFP_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def push(kserve, bucket_store):
    def push_version(version, name="birds", namespace="team-a"):
        bucket_store.buckets["bucket"][f"{name}/{version}/file"] = b"x"
        facts = ServedVersion(
            str(version), f"s3://bucket/{name}/{version}", digest=f"d{version}" * 20, run=f"run-{version}"
        )
        serving = Serving(name, namespace, service_account="models")
        deploy(ClusterApi(connect()), serving, facts, ask_made_up_row, 0.2)

    return push_version


def shipway(capsys, *words):
    code = main(words)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_models_of_the_cluster_and_of_folders_are_listed(push, capsys, home):
    push(1)
    push(2)
    lineage = Lineage.open(home / "metadata.db")
    for version in ("7", "8"):
        task = TaskIdentity("flights", f"r{version}", "pusher", "shipway_components.pusher")
        facts = {
            "pushed": 1,
            "pushed_destination": "/serving/flights",
            "pushed_version": version,
            "model_digest": "abc",
        }
        made = {"pushed_model": [ArtifactRecord("PushedModel", f"/pushed/{version}", facts)]}
        lineage.complete(lineage.begin(task, {}, {}, "key"), made, {})
    lineage.close()
    code, out, _ = shipway(capsys, "models")
    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert lines[0] == ["MODEL", "NAMESPACE", "VERSION", "DIGEST", "RUN", "TRAFFIC", "READY", "SINCE", "URL"]
    assert lines[1][:7] == ["birds", "team-a", "2", "d2d2d2d2d2d2", "run-2", "100%", "yes"]
    assert lines[2][:5] == ["flights", "-", "8", "abc", "r8"]
    assert lines[2][-1] == "/serving/flights/8"
    assert len(lines) == 3


def test_json_says_it_all(push, capsys):
    push(1)
    (one,) = json.loads(shipway(capsys, "models", "-n", "team-a", "--json")[1])
    assert (one["name"], one["version"], one["traffic"], one["ready"], one["by_shipway"]) == (
        "birds",
        "1",
        100,
        True,
        True,
    )
    assert one["storage_uri"] == "s3://bucket/birds/1"
    assert one["runtime"] == "shipway-serving"


def test_a_version_that_still_serves_beside_a_new_one_is_shown(push, capsys, objects):
    push(1)
    pod = objects.find("pods", "team-a", "birds-predictor")
    told = {**pod["metadata"]["annotations"], "shipway.dev/version": "0", "shipway.dev/run": "run-0"}
    objects.put("pods", {**pod, "metadata": {**pod["metadata"], "name": "old", "annotations": told}})
    rows = json.loads(shipway(capsys, "models", "-n", "team-a", "--json")[1])
    assert [(one["version"], one["run"], one["traffic"]) for one in rows] == [("1", "run-1", 50), ("0", "run-0", 50)]


def test_who_may_not_list_everything_sees_the_namespace_of_pipelines(push, capsys, objects, monkeypatch):
    monkeypatch.setenv("SHIPWAY_KFP_NAMESPACE", "team-a")
    push(1)
    from shipway.kube.serving.inference_services import InferenceServices

    every = InferenceServices.list

    def listed(self, namespace=""):
        if not namespace:
            objects.forbid("list", "inferenceservices")
        else:
            objects.denied.clear()
        return every(self, namespace)

    monkeypatch.setattr(InferenceServices, "list", listed)
    _, out, err = shipway(capsys, "models")
    assert "birds" in out
    assert "these are of 'team-a'" in err


def test_without_a_cluster_pushes_are_listed_and_the_cluster_is_mentioned(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    code, out, err = shipway(capsys, "models")
    assert (code, out) == (0, "No model is served.\n")
    assert "Set KUBECONFIG" in err
    assert shipway(capsys, "models", "-n", "team-a")[0] == 1


def test_a_rollback_is_done_told_and_audited(push, capsys, home):
    push(1)
    push(2)
    code, out, _ = shipway(capsys, "rollback", "birds", "--reason", "wrong on Sundays")
    assert code == 0
    assert "birds in team-a serves version 1 again, after 2" in out
    line = json.loads((home / "audit.jsonl").read_text())
    assert (line["action"], line["subject"], line["reason"]) == (
        "rollback", "team-a/birds: version 2 back to 1", "wrong on Sundays",
    )  # fmt: skip


def test_a_version_that_only_lineage_knows_can_be_gone_back_to(push, capsys, home, objects):
    push(1)
    push(2)
    del objects.find("inferenceservices", "team-a", "birds")["metadata"]["annotations"]["shipway.dev/history"]
    lineage = Lineage.open(home / "metadata.db")
    task = TaskIdentity("flights", "r1", "pusher", "shipway_components.pusher")
    facts = {"pushed_destination": "minio://bucket/birds", "pushed_version": "1"}
    facts |= {"namespace": "team-a", "inference_service": "birds"}
    made = {"pushed_model": [ArtifactRecord("PushedModel", "/pushed/1", facts)]}
    lineage.complete(lineage.begin(task, {}, {}, "key"), made, {})
    lineage.close()
    assert shipway(capsys, "rollback", "birds", "--to", "1")[0] == 0
    predictor = objects.find("inferenceservices", "team-a", "birds")["spec"]["predictor"]
    assert predictor["model"]["storageUri"] == "s3://bucket/birds/1"


def test_a_rollback_to_files_that_are_gone_is_refused(push, capsys, bucket_store):
    push(1)
    push(2)
    bucket_store.buckets["bucket"].clear()
    code, _, err = shipway(capsys, "rollback", "birds")
    assert code == 1
    assert "lies no longer at 's3://bucket/birds/1'" in err


def test_a_model_that_is_not_there_is_told_with_those_that_are(push, capsys):
    push(1)
    _, _, err = shipway(capsys, "rollback", "owls")
    assert "No model 'owls' is served in any namespace (there are birds)" in err


def test_one_name_in_two_namespaces_asks_which(push, capsys, objects):
    objects.namespaces.add("team-b")
    push(1)
    push(1, namespace="team-b")
    code, _, err = shipway(capsys, "rollback", "birds")
    assert code == 2
    assert "in the namespaces team-a, team-b: say which one with --namespace" in err
