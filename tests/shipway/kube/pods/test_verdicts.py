"""What is said of pods that a real cluster had: the cause, its value, and the way out."""

import copy
from pathlib import Path

import pytest

from shipway.kube.pods import Subject, verdict_of

TRAINER = Subject("step 'trainer'", "'trainer' in cluster.yaml", "shipway retry run-1")
SAID = {
    "oom": (
        "OOMKilled",
        True,
        "ran out of memory: container 'main' of pod 'oom' was killed at its memory limit of 64Mi",
    ),
    "oom_child": (
        "OOMKilled",
        True,
        "was killed at its memory limit of 64Mi (OOMKilled); raise the memory of 'trainer'",
    ),
    "evicted_ephemeral": (
        "Evicted",
        True,
        "wrote too much to its local disk (Pod ephemeral local storage usage exceeds",
    ),
    "evicted_emptydir": (
        "Evicted",
        True,
        "its volume 'scratch' is full, at its limit of 30Mi; raise the size of volume",
    ),
    "deadline": ("DeadlineExceeded", True, "took longer than it may: pod 'deadline' was stopped at its deadline"),
    "preempted": ("Drained", True, "its node 'node-1' is being drained; nothing is wrong with the step, try again"),
    "no_command": ("StartError", True, '(exec: "no-such-program": executable file not found in $PATH)'),
    "exit_1": ("Error", True, "ended with exit code 1; its log says more: kubectl logs exit-1 -n kubeflow -c main"),
    "unpullable": ("ImagePullBackOff", False, "'registry.example/shipway/train:9.9.9' of container 'main' of pod"),
    "bad_image_name": ("InvalidImageName", False, "correct the image of 'trainer' in cluster.yaml"),
    "never_pull": ("ErrImageNeverPull", False, "is not present with pull policy of Never"),
    "missing_secret_env": (
        "CreateContainerConfigError",
        False,
        "wants the Secret 'warehouse', which is not in namespace 'kubeflow'; make it, whereupon the pod",
    ),
    "missing_configmap_envfrom": ("CreateContainerConfigError", False, "wants the ConfigMap 'shipway-pipelines'"),
    "missing_secret_volume": ("FailedMount", False, "volume 'token' of pod 'missing-secret-volume' wants the Secret"),
    "runs_as_root": ("CreateContainerConfigError", False, "may not run as root, and its image"),
    "no_claim": ("Unschedulable", False, "as its volume claim 'training-data' is not there"),
    "unschedulable_selector": (
        "Unschedulable",
        False,
        "the labels of its node selector cloud.google.com/gke-accelerator=nvidia-l4, pool=gpu",
    ),
    "unschedulable_resource": ("Unschedulable", False, "what it asks for: memory 900Gi, nvidia.com/gpu 1"),
}


@pytest.mark.parametrize("name", SAID)
def test_each_cause_is_named(recorded, name):
    reason, is_final, part = SAID[name]
    verdict = verdict_of(*_asked(recorded, name))
    assert (verdict.reason, verdict.is_final) == (reason, is_final)
    assert part in verdict.sentence
    assert verdict.since_ms > 0


def test_every_verdict_names_step_pod_and_a_command(recorded):
    for path in (Path(__file__).with_name("recorded")).glob("*.json"):
        pod, subject, events = _asked(recorded, path.stem)
        sentence = verdict_of(pod, subject, events).sentence
        assert sentence.startswith("Step 'trainer' ")
        assert pod["metadata"]["name"] in sentence
        assert "kubectl " in sentence or "shipway " in sentence
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_of_a_pod_that_runs_or_has_succeeded_nothing_is_said(recorded):
    pod, subject, _ = _asked(recorded, "exit_1")
    for phase in ("Running", "Succeeded"):
        well = copy.deepcopy(pod)
        well["status"] = {"phase": phase, "containerStatuses": [{"name": "main", "state": {"running": {}}}]}
        assert verdict_of(well, subject) is None


def test_a_pod_that_was_deleted_while_it_ran_was_stopped(recorded):
    pod, subject, _ = _asked(recorded, "exit_1")
    pod = {**pod, "status": {"phase": "Running"}}
    pod["metadata"] = {**pod["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
    verdict = verdict_of(pod, subject)
    assert verdict.is_final
    assert "pod 'exit-1' was deleted while it was running; if nobody meant to, try again: shipway retry run-1." in (
        verdict.sentence
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("PreemptionByScheduler", "a pod of a higher priority needed its place"),
        ("DeletionByTaintManager", "its node 'node-1' stopped answering, or was tainted"),
        ("TerminationByKubelet", "its node 'node-1' shuts down or lacks resources"),
        ("SomethingNew", "a sentence of the server"),
    ],
)
def test_a_pod_that_was_taken_away_is_told_from_one_that_failed(recorded, reason, said):
    pod, subject, _ = _asked(recorded, "preempted")
    pod = copy.deepcopy(pod)
    for condition in pod["status"]["conditions"]:
        if condition["type"] == "DisruptionTarget":
            condition |= {"reason": reason, "message": "a sentence of the server."}
    assert said in verdict_of(pod, subject).sentence


def test_a_node_that_runs_out_of_disk_or_memory_is_told_with_its_words(recorded):
    pod, subject, _ = _asked(recorded, "evicted_ephemeral")
    low = "The node was low on resource: {}. Threshold quantity: 1Gi, available: 900Mi. Container main was using 9Gi. "
    pod["status"]["message"] = low.format("ephemeral-storage")
    assert "because the node's disk is full (The node was low on resource" in verdict_of(pod, subject).sentence
    pod["status"]["message"] = low.format("memory")
    assert "let the memory that 'trainer' in cluster.yaml asks for" in verdict_of(pod, subject).sentence


@pytest.mark.parametrize(
    ("why", "way_out"),
    [
        ("pull access denied, repository does not exist or may require authorization", "imagePullSecrets"),
        ("unexpected status from HEAD request: 401 Unauthorized", "imagePullSecrets"),
        ("docker.io/library/x:1: not found", "push the image, whereupon the pod goes on by itself"),
        ("dial tcp: lookup registry.example: no such host", "see whether its nodes reach the registry"),
    ],
)
def test_the_way_out_of_an_image_follows_from_the_registrys_words(recorded, why, way_out):
    pod, subject, _ = _asked(recorded, "unpullable")
    pod = copy.deepcopy(pod)
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    waiting["message"] = f'Back-off pulling image "x:1": ErrImagePull: failed to pull and unpack image "x:1": {why}'
    sentence = verdict_of(pod, subject).sentence
    assert way_out in sentence
    assert f"({why})" in sentence


def test_taints_and_keys_are_named(recorded):
    pod, subject, _ = _asked(recorded, "unschedulable_selector")
    pod = copy.deepcopy(pod)
    pod["status"]["conditions"][0]["message"] = (
        "0/3 nodes are available: 3 node(s) had untolerated taint {nvidia.com/gpu: present}. preemption: 0/3 nodes."
    )
    assert "does not tolerate their taint nvidia.com/gpu: present" in verdict_of(pod, subject).sentence
    pod, subject, _ = _asked(recorded, "missing_secret_env")
    pod = copy.deepcopy(pod)
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    waiting["message"] = "couldn't find key password in Secret kubeflow/warehouse"
    assert "wants the key 'password' of Secret 'warehouse', which has no such key" in verdict_of(pod, subject).sentence


@pytest.mark.parametrize(
    ("code", "meaning"), [(137, "SIGKILL: killed from outside"), (143, "SIGTERM"), (139, "SIGSEGV"), (134, "SIGABRT")]
)
def test_signals_are_named(recorded, code, meaning):
    pod, subject, _ = _asked(recorded, "exit_1")
    pod = copy.deepcopy(pod)
    pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] = code
    assert meaning in verdict_of(pod, subject).sentence


@pytest.mark.parametrize(
    "content", [{}, {"status": None}, {"metadata": {}, "spec": {"containers": None}, "status": {}}]
)
def test_what_is_no_whole_pod_is_no_trouble(content):
    assert verdict_of(content, TRAINER) is None


def _asked(recorded, name):
    pod, events = recorded(name)
    return copy.deepcopy(pod), TRAINER, events
