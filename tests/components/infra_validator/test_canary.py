"""A canary in the cluster: asked, taken away, and what becomes of the files that it was served from."""

import json

import pytest

from shipway.artifacts import InfraBlessing, Model
from shipway.artifacts.object_store import exists
from shipway.kube.faults import NotAllowed
from shipway.kube.serving import deploying
from shipway_components.infra_validator import infra_validator
from shipway_components.infra_validator.specs import read_specs
from shipway_components.kserve.fields import BadKServeField

WHERE = {"namespace": "team-a", "storage": "minio://bucket/birds"}


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(deploying, "SECONDS_BETWEEN_LOOKS", 0.01)


@pytest.fixture
def validate(tmp_path, kserve, bucket_store, context):
    model = Model(str(tmp_path / "model"))
    model.serving_path.mkdir(parents=True)
    (model.serving_path / "saved_model.pb").write_text("graph")

    def validate_in_cluster(**more):
        blessing = InfraBlessing(str(tmp_path / "blessing"))
        infra_validator.function(
            model=model,
            blessing=blessing,
            context=context,
            serving_spec={"model_name": "birds", "kubernetes": WHERE},
            validation_spec={"max_loading_time_seconds": 0.2, "max_request_seconds": 0.1},
            **more,
        )
        return blessing

    return validate_in_cluster


def versions(bucket_store):
    return [key for key in bucket_store.keys("bucket") if key.endswith("saved_model.pb")]


def test_a_canary_that_answers_is_blessed_and_gone_and_its_files_wait_for_the_pusher(
    validate, objects, kserve, bucket_store
):
    blessing = validate()
    assert blessing.blessed == 1
    assert blessing.metadata["loading_seconds"] > 0
    assert objects.all("inferenceservices") == []
    assert len(versions(bucket_store)) == 1
    (created,) = {path for method, path in objects.requests if method == "DELETE"}
    assert created.rpartition("/")[2].startswith("birds-canary-")
    assert any(asked.endswith(":predict") for _, asked in kserve.asked)


def test_a_canary_that_does_not_get_ready_is_a_verdict_and_leaves_nothing(validate, objects, kserve, bucket_store):
    class Troubled(dict):
        def get(self, version, default=None):
            state = {"terminated": {"exitCode": 1, "message": "Error: The graph is broken."}}
            loop = {"waiting": {"reason": "CrashLoopBackOff"}}
            container = {"name": "kserve-container", "state": loop, "lastState": state, "restartCount": 1}
            return {"status": {"containerStatuses": [container]}}

    kserve.trouble = Troubled()
    blessing = validate()
    assert blessing.blessed == 0
    (reason,) = json.loads(blessing.metadata["reasons"])
    assert "the model server ended with exit code 1: The graph is broken" in reason
    assert objects.all("inferenceservices") == []
    assert versions(bucket_store) == []


def test_a_missing_right_is_no_verdict_on_the_model(validate, objects, bucket_store):
    objects.forbid("create", "inferenceservices")
    with pytest.raises(NotAllowed, match="lacks the verb 'create' on 'inferenceservices"):
        validate()
    assert versions(bucket_store) == []
    assert not exists("minio://bucket/birds/1")


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({"namespace": "a"}, "'storage' is missing"),
        ({**WHERE, "min_replicas": 1}, "'min_replicas' is not among its fields, which are namespace, storage"),
        ([], "it is .. and must be a mapping"),
    ],
)
def test_fields_that_cannot_be_meant_are_named(where, problem):
    with pytest.raises(BadKServeField, match=rf"serving_spec\['kubernetes'\] cannot be used: {problem}"):
        read_specs({"kubernetes": where}, {}, {}, 0.0)
