"""A version comes to answer, or everything is as it was and the sentence says why."""

import pytest

from shipway.kube.faults import NotAllowed
from shipway.kube.serving.asking import WrongAnswer
from shipway.kube.serving.faults import (
    BadName,
    ChangedMeanwhile,
    DeploymentFailed,
    KServeMissing,
    NamespaceMissing,
    NotOurs,
    RuntimeMissing,
    RuntimeUnfit,
)
from shipway.kube.serving.identity import history_of, served_version

IMAGE = "registry.example.com/serving:1"


def birds(objects):
    return objects.find("inferenceservices", "team-a", "birds")


def waiting(reason, message="", **more):
    state = {"name": "kserve-container", "image": IMAGE, "state": {"waiting": {"reason": reason, "message": message}}}
    return {"status": {"containerStatuses": [{**state, **more}]}}


def ended(name, code, message, reason="Error", restarts=1):
    last = {"terminated": {"exitCode": code, "message": message, "reason": reason}}
    return {
        "name": name,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": last,
        "restartCount": restarts,
    }


def test_a_first_version_is_served_and_says_what_it_is(push, objects, kserve):
    deployment = push(1, service_account="models", min_replicas=2, max_replicas=4, scale_metric="cpu", scale_target=70)
    assert deployment.revision == 1
    assert deployment.url == "http://birds-predictor.team-a.svc.cluster.local"
    service = birds(objects)
    assert service["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "shipway"}
    told = service["metadata"]["annotations"]
    assert told["serving.kserve.io/deploymentMode"] == "RawDeployment"
    assert (told["shipway.dev/version"], told["shipway.dev/digest"], told["shipway.dev/run"]) == ("1", "d1", "run-1")
    predictor = service["spec"]["predictor"]
    assert predictor["model"]["storageUri"] == "s3://models/birds/1"
    assert predictor["model"]["runtime"] == "shipway-serving"
    assert predictor["serviceAccountName"] == "models"
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 4)
    assert (predictor["scaleMetric"], predictor["scaleTarget"]) == ("cpu", 70)
    assert predictor["deploymentStrategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert [path for version, path in kserve.asked if path.endswith(":predict")] == [
        "/v1/models/birds/versions/1:predict"
    ] * 3


def test_the_next_version_replaces_it_and_remembers_it(push, objects):
    push(1, min_replicas=2)
    assert push(2).revision == 2
    service = birds(objects)
    assert service["spec"]["predictor"]["model"]["storageUri"] == "s3://models/birds/2"
    assert service["spec"]["predictor"]["minReplicas"] == 2, "what is not named stays"
    assert [one.version for one in history_of(service)] == ["1"]


def test_what_is_served_already_is_only_asked(push, objects, kserve):
    push(1, resources={"requests": {"cpu": "0.5"}})
    birds(objects)["spec"]["predictor"]["model"]["resources"]["requests"]["cpu"] = "500m"
    before = birds(objects)["metadata"]["resourceVersion"]
    kserve.asked.clear()
    again = push(1, resources={"requests": {"cpu": "0.5"}})
    assert (again.is_new, again.revision) == (False, 1)
    assert birds(objects)["metadata"]["resourceVersion"] == before
    assert kserve.asked


TROUBLES = {
    "image": (
        waiting("ImagePullBackOff", 'Back-off pulling image "x"'),
        "the image 'registry.example.com/serving:1' cannot be pulled (ImagePullBackOff",
        "imagePullSecrets",
    ),
    "memory": (
        {"status": {"containerStatuses": [ended("kserve-container", 137, "", "OOMKilled")]},
         "spec": {"containers": [{"name": "kserve-container", "resources": {"limits": {"memory": "2Gi"}}}]}},
        "killed for taking more memory than its limit of 2Gi (OOMKilled)",
        "'resources'",
    ),
    "storage": (
        {"status": {"initContainerStatuses": [ended("storage-initializer", 1, "Traceback\nKeyError: Denied.")]},
         "spec": {"initContainers": [{"name": "storage-initializer", "args": ["s3://models/birds/2", "/mnt/models"]}]}},
        "KServe cannot fetch 's3://models/birds/2' (KeyError: Denied)",
        "service account 'default'",
    ),
    "server": (
        {"status": {"containerStatuses": [ended("kserve-container", 1, "INFO x\nError: The files are changed.\n")]}},
        "the model server ended with exit code 1: The files are changed;",
        "Mend the model",
    ),
    "admission": (
        {"condition": {"type": "ReplicaFailure", "status": "True", "message": 'violates PodSecurity "restricted"'}},
        'its pods are refused (violates PodSecurity "restricted")',
        "Mend what it names",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TROUBLES)
def test_a_version_that_cannot_come_is_told_at_once_and_the_old_one_serves_on(push, objects, kserve, case):
    push(1)
    before = {**birds(objects)}
    kserve.trouble["2"], why, advice = TROUBLES[case]
    with pytest.raises(DeploymentFailed) as caught:
        push(2, timeout=60, service_account="other")
    assert "Version 2 is not served by the InferenceService 'birds' in namespace 'team-a'" in str(caught.value)
    assert why in str(caught.value)
    assert advice in str(caught.value)
    assert "version 1 goes on serving" in str(caught.value)
    assert birds(objects)["spec"] == before["spec"]
    assert birds(objects)["metadata"]["annotations"] == before["metadata"]["annotations"]


NOT_YET = {
    "unschedulable": (
        {"status": {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                                    "message": "0/3 nodes are available: 3 didn't match node selector."}]},
         "spec": {"nodeSelector": {"pool": "gpu"},
                  "containers": [{"name": "kserve-container", "resources": {"requests": {"cpu": "4"}}}]}},
        "0/3 nodes are available: 3 didn't match node selector.; it selects nodes with pool=gpu; it requests cpu=4",
    ),
    "quota": (
        {"condition": {"type": "ReplicaFailure", "status": "True", "message": "forbidden: exceeded quota: small"}},
        "exceeded quota: small",
    ),
    "slow": ({"status": {"containerStatuses": []}}, "0 of 1 pods of the new revision are ready"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_YET)
def test_what_might_still_come_is_waited_for_until_the_time_is_over(push, objects, kserve, case):
    push(1)
    kserve.trouble["2"], why = NOT_YET[case]
    with pytest.raises(DeploymentFailed) as caught:
        push(2)
    assert "it did not answer within 0.2 s" in str(caught.value)
    assert why in str(caught.value)
    assert served_version(birds(objects)).version == "1"


def test_pods_of_a_version_that_was_taken_back_say_nothing_of_the_next_one(push, objects, kserve):
    push(1)
    kserve.trouble["2"] = waiting("InvalidImageName")
    with pytest.raises(DeploymentFailed):
        push(2)
    leaving = objects.find("pods", "team-a", "birds-predictor-new")
    kserve.trouble["3"] = {"status": {}}
    objects.put("pods", {**leaving, "metadata": {**leaving["metadata"], "name": "leaving"}})
    with pytest.raises(DeploymentFailed, match="0 of 1 pods of the new revision are ready"):
        push(3)


def test_a_first_version_that_fails_leaves_nothing(push, objects, kserve):
    kserve.trouble["1"] = waiting("InvalidImageName")
    with pytest.raises(DeploymentFailed, match="the InferenceService was removed again"):
        push(1)
    assert objects.all("inferenceservices") == []
    assert objects.all("deployments") == []


def test_a_version_that_answers_wrongly_is_taken_back(push, objects, kserve):
    push(1)
    kserve.answers["2"] = 500, {"error": "the graph is wrong."}
    with pytest.raises(DeploymentFailed, match=r"it is ready and answers wrongly .500: the graph is wrong.; version 1"):
        push(2)
    assert served_version(birds(objects)).version == "1"


def test_a_question_of_ones_own_decides(push, objects):
    def ask(client, version):
        raise WrongAnswer(f"version {version} says NaN")

    with pytest.raises(DeploymentFailed, match="version 7 says NaN"):
        push(7, ask=ask)


def test_a_missing_right_to_ask_is_told_and_nothing_stays(push, objects):
    objects.denied |= {("get", "services/proxy"), ("create", "services/proxy")}
    with pytest.raises(NotAllowed, match="lacks the verb 'get' on 'services/proxy' in namespace 'team-a'"):
        push(1)
    assert objects.all("inferenceservices") == []


@pytest.mark.parametrize(("verb", "resource"), [("create", "inferenceservices"), ("get", "deployments")])
def test_a_missing_right_names_verb_and_resource(push, objects, verb, resource):
    objects.forbid(verb, resource)
    with pytest.raises(NotAllowed, match=f"lacks the verb '{verb}' on '{resource}"):
        push(1)
    assert objects.all("inferenceservices") == []


def test_a_cluster_without_kserve_is_told(push, objects):
    objects.without("serving.kserve.io")
    with pytest.raises(KServeMissing, match="install KServe"):
        push(1)


def test_a_runtime_that_is_not_there_is_told_with_those_that_are(push):
    with pytest.raises(RuntimeMissing, match="there are kserve-tensorflow-serving, shipway-serving"):
        push(1, runtime="triton")


def test_a_runtime_for_other_models_is_told(push, objects):
    runtime = {"metadata": {"name": "sk"}, "spec": {"supportedModelFormats": [{"name": "sklearn", "version": "1"}]}}
    objects.put("clusterservingruntimes", runtime)
    with pytest.raises(RuntimeUnfit, match="'sk' serves sklearn and not the format 'tensorflow'"):
        push(1, runtime="sk")


def test_a_namespace_that_is_not_there_is_told(push):
    with pytest.raises(NamespaceMissing, match="kubectl create namespace team-b"):
        push(1, namespace="team-b")


@pytest.mark.parametrize("name", ["Birds", "2birds", "birds_", "b" * 50])
def test_a_name_that_kserve_does_not_take_is_told(push, name):
    with pytest.raises(BadName, match=f"'{name}' cannot be the name of an InferenceService"):
        push(1, name=name)


def test_what_others_made_is_not_taken_over(push, objects):
    push(1)
    birds(objects)["metadata"]["labels"] = {}
    with pytest.raises(NotOurs, match="kubectl label inferenceservice birds -n team-a"):
        push(2)


def test_two_pushes_at_once_do_not_undo_each_other(push, objects, kserve):
    push(1)

    kserve.trouble["2"] = {"status": {}}

    def changed(objects, verb, resource, service):
        if resource == "inferenceservices" and service["metadata"]["annotations"]["shipway.dev/version"] == "2":
            service["metadata"]["annotations"]["shipway.dev/revision"] = "3"

    objects.controllers.append(changed)
    with pytest.raises(ChangedMeanwhile):
        push(2)
    assert birds(objects)["spec"]["predictor"]["model"]["storageUri"] == "s3://models/birds/2"


def test_a_version_that_never_answered_is_nothing_to_go_back_to(push, objects, kserve):
    push(1)
    service = birds(objects)
    told = {**service["metadata"]["annotations"], "shipway.dev/version": "2", "shipway.dev/revision": "2"}
    objects.put("inferenceservices", {**service, "metadata": {**service["metadata"], "annotations": told}})
    push(3)
    assert [one.version for one in history_of(birds(objects))] == []


def test_an_interrupted_push_is_taken_back(push, objects):
    push(1)

    def interrupt(client, version):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        push(2, ask=interrupt)
    assert served_version(birds(objects)).version == "1"


def test_kserve_that_is_missing_is_named(cluster, objects):
    from shipway.kube.serving.inference_services import InferenceServices

    objects.without("serving.kserve.io")
    with pytest.raises(KServeMissing, match="kubectl api-resources --api-group"):
        InferenceServices(cluster).list()
