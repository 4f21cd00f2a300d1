"""Pushing into an InferenceService: parameters, what is recorded, and when a cached push still holds."""

import json
from pathlib import Path

import pytest

from shipway.artifacts import Model, PushedModel
from shipway.artifacts.object_store import delete, read
from shipway.errors import UsageError
from shipway.kube.serving import deploying
from shipway.kube.serving.faults import DeploymentFailed
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.step import StepContext
from shipway_components.pusher import pusher
from shipway_components.pusher.parameters import chosen_destination

WHERE = {"name": "birds", "namespace": "team-a", "storage": "minio://bucket/birds"}
CONTEXT = StepContext("flights", "run-1", "pusher", Path("/nowhere"))


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(deploying, "SECONDS_BETWEEN_LOOKS", 0.01)


@pytest.fixture
def make_model(tmp_path):
    def make(content):
        model = Model(str(tmp_path / content))
        model.serving_path.mkdir(parents=True)
        (model.serving_path / "saved_model.pb").write_text(content)
        return model

    return make


@pytest.fixture
def push(tmp_path, kserve, bucket_store):
    pushes = iter(range(100))

    def push_model(model, **more):
        pushed = PushedModel(str(tmp_path / f"pushed-{next(pushes)}"))
        pushed.path.mkdir()
        where = {"kserve": {**WHERE, "timeout_seconds": 0.3, **more}}
        pusher.function(
            model=model, pushed_model=pushed, context=CONTEXT, push_destination=where, versioning="increment"
        )
        return pushed

    return push_model


def birds(objects):
    return objects.find("inferenceservices", "team-a", "birds")


def test_a_push_is_written_deployed_and_recorded(push, make_model, objects):
    pushed = push(make_model("one"))
    assert pushed.pushed_destination == "minio://bucket/birds"
    assert pushed.pushed_version == "1"
    assert {
        name: pushed.metadata[name] for name in ("pushed", "namespace", "inference_service", "revision", "url")
    } == {
        "pushed": 1,
        "namespace": "team-a",
        "inference_service": "birds",
        "revision": 1,
        "url": "http://birds-predictor.team-a.svc.cluster.local",
    }
    assert birds(objects)["spec"]["predictor"]["model"]["storageUri"] == "s3://bucket/birds/1"
    told = birds(objects)["metadata"]["annotations"]
    record = json.loads(read("minio://bucket/birds/1/.shipway/1.json", 1000))
    assert told["shipway.dev/digest"] == record["digest"]
    assert (told["shipway.dev/pipeline"], told["shipway.dev/run"]) == ("flights", "run-1")
    assert told["shipway.dev/pushed-model"] == pushed.uri


def test_the_same_content_is_pushed_and_deployed_once(push, make_model, objects):
    model = make_model("one")
    push(model)
    version = birds(objects)["metadata"]["resourceVersion"]
    again = push(model)
    assert again.metadata["reason"] == "version 1 was served already"
    assert birds(objects)["metadata"]["resourceVersion"] == version


def test_a_push_that_fails_says_why_and_the_old_version_serves_on(push, make_model, objects, kserve):
    push(make_model("one"))
    kserve.trouble["2"] = {"status": {}}
    with pytest.raises(DeploymentFailed, match="version 1 goes on serving"):
        push(make_model("two"))
    assert birds(objects)["spec"]["predictor"]["model"]["storageUri"] == "s3://bucket/birds/1"


def test_what_somebody_went_back_from_is_not_brought_back(push, make_model, objects):
    push(make_model("one"))
    second = make_model("two")
    push(second)
    push(make_model("three"))
    birds(objects)["metadata"]["annotations"]["shipway.dev/withdrawn"] = '["2"]'
    pushed = push(second)
    assert pushed.metadata["pushed"] == 0
    assert "shipway rollback birds --namespace team-a --to 2" in pushed.metadata["reason"]
    assert birds(objects)["metadata"]["annotations"]["shipway.dev/version"] == "3"


def test_a_cached_push_holds_while_the_version_is_there_and_served(push, make_model, objects, tmp_path):
    lineage, model, runs = Lineage.open(tmp_path / "metadata.db"), make_model("one"), iter(range(9))

    def fingerprint():
        where = {"kserve": WHERE}
        return pusher.reads(lineage=lineage.queries(), model=model, destination="", push_destination=where)

    def record(pushed):
        task = TaskIdentity("flights", f"run-{next(runs)}", "pusher", "shipway_components.pusher")
        made = {"pushed_model": [ArtifactRecord("PushedModel", pushed.uri, dict(pushed.metadata))]}
        lineage.complete(lineage.begin(task, {}, {}, "key"), made, {})

    before = fingerprint()
    record(push(model))
    assert fingerprint() == before
    push(make_model("two"))
    assert fingerprint() != before, "another version is served"
    birds(objects)["metadata"]["annotations"]["shipway.dev/withdrawn"] = '["1"]'
    assert fingerprint() == before, "somebody went back from it"
    del birds(objects)["metadata"]["annotations"]["shipway.dev/withdrawn"]
    push(model)
    assert fingerprint() == before
    delete("minio://bucket/birds/1")
    assert fingerprint() != before, "its files are gone"
    lineage.close()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "'name' is missing"),
        ({"storage": "/models"}, "'storage' is '/models', which KServe cannot read: give an s3:// or gs:// URI"),
        ({"replicas": 1}, "'replicas' is not among its fields, which are name, namespace, storage, runtime"),
        ({"min_replicas": 0}, "'min_replicas' is 0, and without Knative KServe keeps at least 1"),
        ({"min_replicas": 3, "max_replicas": 2.0}, "'max_replicas' is 2, below 'min_replicas', 3"),
        ({"max_replicas": 2.5}, "'max_replicas' is 2.5 and must be a whole number"),
        ({"scale_metric": "rps"}, "'scale_metric' is 'rps' and must be one of 'cpu', 'memory'"),
        ({"resources": {"cpu": "1"}}, "must be requests and limits"),
        ({"timeout_seconds": 0}, "'timeout_seconds' is 0 and must be a number of seconds above 0"),
        ({"name": "Birds"}, "'Birds' cannot be the name of an InferenceService"),
        ({"namespace": "team_a"}, "'team_a' cannot be the namespace"),
    ],
)
def test_fields_that_cannot_be_meant_are_named(fields, sentence):
    with pytest.raises(UsageError) as caught:
        chosen_destination("", {"kserve": {**WHERE, **fields}})
    assert sentence in str(caught.value)


def test_numbers_may_come_as_kubeflow_sends_them():
    resources = {"limits": {"cpu": 1.0, "memory": "2Gi"}}
    target = chosen_destination("", {"kserve": {**WHERE, "min_replicas": 2.0, "resources": resources}})
    assert target.serving.min_replicas == 2
    assert target.serving.resources == {"limits": {"cpu": "1", "memory": "2Gi"}}


def test_there_is_one_destination():
    with pytest.raises(UsageError, match="has two destinations"):
        chosen_destination("/models", {"kserve": WHERE})
