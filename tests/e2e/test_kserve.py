"""KServe serves what is pushed: one version after the other without a failed request, and never one that is broken.

TensorFlow Serving's runtime is not tried here: KServe's own manifest of it names an image that test clusters may lack.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from harness.models import SMALL, ModelPlace, prepare, write_models
from harness.pushing_pod import grant, push_from_pod
from shipway.artifacts import InfraBlessing, Model
from shipway.kube.serving.faults import DeploymentFailed
from shipway.step import StepContext
from shipway_components.infra_validator import infra_validator
from shipway_components.pusher.destinations import Layout, open_destination

BASELINE = {"pod-security.kubernetes.io/enforce": "baseline"}
"""KServe's storage initializer has no securityContext of its own unless its ClusterStorageContainer gives it one."""


@pytest.fixture(scope="module")
def place(cluster, images, object_store, tmp_path_factory):
    if "inferenceservices" not in cluster.kubectl("api-resources", "--api-group=serving.kserve.io", check=False):
        pytest.skip("the cluster has no KServe")
    folder = tmp_path_factory.mktemp("models")
    write_models(folder, "1", "2", "3")
    with (
        pytest.MonkeyPatch.context() as patch,
        object_store.fresh_bucket() as bucket,
        cluster.fresh_namespace(**BASELINE) as namespace,
    ):
        for name, value in object_store.environment.items():
            patch.setenv(name, value)
        found = ModelPlace(cluster, namespace, bucket, object_store, images, folder)
        prepare(found)
        yield found
        if not os.environ.get("E2E_KEEP"):  # finalizers want KServe's manager
            cluster.kubectl("delete", "inferenceservices", "--all", namespace=namespace)


@pytest.fixture
def served(place):
    """The model `birds`, which answers 1."""
    place.push("1")
    return place


def test_two_versions_one_after_the_other_lose_no_request(served):
    with served.asked_without_pause() as seen:
        for number in ("2", "3"):
            pushed = served.push(number)
            assert pushed.metadata["pushed"] == 1
            assert served.annotation("version") == pushed.pushed_version
    print(f"answered by version: {seen['answers']}, failed: {seen['failed']}")
    assert seen["failed"] == 0, seen["failures"]
    assert set(seen["answers"]) == {"1.0", "2.0", "3.0"}


def rubbish(place):
    """A model that does not load."""
    folder = place.folder / "rubbish" / "Format-Serving"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(b"rubbish")
    return {"number": "rubbish"}


def changed_files(place):
    """Files that were changed after they were pushed: the server finds another digest."""
    folder = place.folder / "2"
    there = open_destination(f"s3://{place.bucket}/birds", Layout.BASE_PATH).push(
        folder / "Format-Serving", str(folder), "increment"
    )
    path = f"{place.bucket}/birds/{there.version}/{there.version}/saved_model.pb"
    content = (folder / "Format-Serving" / "saved_model.pb").read_bytes()
    with place.store.files().open_output_stream(path) as stream:
        stream.write(content[:-1] + bytes([content[-1] ^ 1]))
    return {"number": "2"}


def no_image(place):
    return {"number": "3", "runtime": "nowhere"}


def no_memory(place):
    return {"number": "3", "resources": {"requests": {"memory": "60Mi"}, "limits": {"memory": "60Mi"}}}


BROKEN = {
    rubbish: "the model server ended with exit code 1",
    changed_files: "they have been changed or are incomplete",
    no_image: "the image 'registry.invalid/serving:1' cannot be pulled",
    no_memory: "killed for taking more memory than its limit of 60Mi (OOMKilled)",
}


def test_a_broken_version_never_takes_traffic(served):
    version = served.annotation("version")
    with served.asked_without_pause() as seen:
        for broken, why in BROKEN.items():
            with pytest.raises(DeploymentFailed) as caught:
                served.push(**broken(served))
            assert why in str(caught.value), broken.__name__
            assert f"version {version} goes on serving" in str(caught.value)
            assert served.annotation("version") == version
    assert seen["failed"] == 0, seen["failures"]
    assert set(seen["answers"]) == {"1.0"}


def test_a_first_version_that_cannot_be_fetched_leaves_nothing_installed(place):
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "stranger"}}
    place.cluster.apply(account, namespace=place.namespace)
    with pytest.raises(DeploymentFailed, match="KServe cannot fetch 's3://") as caught:
        place.push("1", model="nobody", service_account="stranger")
    assert "the InferenceService was removed again" in str(caught.value)
    assert "service account 'stranger'" in str(caught.value)
    assert "nobody" not in place.cluster.kubectl("get", "inferenceservices", "-o", "name", namespace=place.namespace)


def test_models_are_listed_and_taken_back(place, tmp_path):
    def shipway(*words):
        environment = {**os.environ, "SHIPWAY_HOME": str(tmp_path), "KUBECONFIG": str(place.cluster.kubeconfig)}
        command = [sys.executable, "-m", "shipway.cli.__main__", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    first = place.push("1", model="owls").pushed_version
    second = place.push("2", model="owls").pushed_version
    back = shipway("rollback", "owls", "-n", place.namespace, "--reason", "a test")
    assert f"serves version {first} again, after {second}" in back.stdout, back.stderr
    (row,) = [
        one for one in json.loads(shipway("models", "-n", place.namespace, "--json").stdout) if one["name"] == "owls"
    ]
    assert (row["version"], row["traffic"], row["ready"], row["pipeline"]) == (first, 100, True, "e2e")
    assert place.push("2", model="owls").metadata["pushed"] == 0, "what somebody went back from is not brought back"
    assert "version '99'" in shipway("rollback", "owls", "-n", place.namespace, "--to", "99").stderr
    assert '"action": "rollback"' in (tmp_path / "audit.jsonl").read_text()


@pytest.mark.parametrize(("number", "is_good"), [("1", True), ("rubbish", False)])
def test_the_infra_validator_asks_a_canary_and_takes_it_away(place, tmp_path, number, is_good):
    rubbish(place)
    blessing = InfraBlessing(str(tmp_path / "blessing"))
    where = {"namespace": place.namespace, "storage": f"s3://{place.bucket}/canaries", "resources": SMALL}
    infra_validator.function(
        model=Model(str(place.folder / number)),
        blessing=blessing,
        context=StepContext("e2e", "run", "infra_validator", tmp_path),
        serving_spec={"model_name": "birds", "kubernetes": {**where, "service_account": "models"}},
        validation_spec={"max_loading_time_seconds": 120},
    )
    assert bool(blessing.blessed) == is_good
    if not is_good:
        assert "the model server ended with exit code 1" in str(blessing.metadata["reasons"])
    left = place.cluster.kubectl("get", "inferenceservices", "-o", "name", namespace=place.namespace)
    assert "canary" not in left


def test_a_pod_pushes_with_the_rights_that_are_documented_and_no_more(place):
    grant(place)
    phase, said = push_from_pod(place, "1", "wrens")
    assert phase == "Succeeded", said
    assert place.annotation("version", "wrens") == "1"
    assert place.annotation("pipeline", "wrens") == "e2e"
    grant(place, "deployments")
    phase, said = push_from_pod(place, "2", "wrens")
    assert phase == "Failed"
    assert "lacks the verb 'get' on 'deployments.apps' in namespace" in said
    assert place.annotation("version", "wrens") == "1", "what was begun is taken back"
