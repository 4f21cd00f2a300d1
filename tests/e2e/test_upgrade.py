"""Upgrading, taking away and installing again: the metadata stays, and nothing else does."""

import pytest
from helm_python import HelmError
from helm_release import TOKENS, prepared_release
from release_pods import run_python
from test_metadata_service import RECORDED, WRITER

SESSIONS = "shipway-sessions"
KEPT = {("PersistentVolumeClaim", "shipway-metadata")}


def test_an_upgrade_keeps_the_metadata(release):
    run_python(release, WRITER, "before", "3")
    recorded, claim = run_python(release, RECORDED), _claim(release)
    release.cluster.secret(SESSIONS, release.namespace, key="k" * 40)
    release.upgrade(
        dashboards={"replicas": 2, "sessionKeySecret": {"name": SESSIONS}},
        metadata={"maxCalls": 100, "podAnnotations": {"changed": "yes"}},
        exporter={"enabled": False},
    )
    assert _claim(release) == claim
    assert run_python(release, RECORDED) == recorded
    assert ("Deployment", "shipway-exporter") not in release.objects()
    run_python(release, WRITER, "after", "1")
    assert len(run_python(release, RECORDED)["uris"]) == len(recorded["uris"]) + 1


def test_only_the_volume_outlives_the_release_and_the_next_one_takes_it_up(release):
    run_python(release, WRITER, "kept", "2")
    recorded = run_python(release, RECORDED)
    release.test()
    release.uninstall()
    assert release.objects() == KEPT
    assert _of_the_cluster(release) == []
    secrets = release.cluster.get("secrets", namespace=release.namespace)["items"]
    assert {one["metadata"]["name"] for one in secrets} == set(TOKENS)  # also none of Helm's own
    release.install()
    assert run_python(release, RECORDED) == recorded


def test_what_is_missing_is_one_sentence_and_nothing_is_half_installed(cluster, namespace, images):
    release = prepared_release(cluster, namespace, images)
    cluster.kubectl("delete", "secret", "shipway-metrics-token", namespace=namespace)
    for values, sentence in {
        "": f"The Secret shipway-metrics-token is not in the namespace {namespace}: kubectl --namespace {namespace} "
        "create secret generic shipway-metrics-token --from-literal=token=$(openssl rand -hex 32)",
        "pipelines": "The namespace nowhere, where pipelines shall run, is not in this cluster: install Kubeflow "
        "Pipelines first, or set pipelines.namespaces.",
        "tls": f"The Secret certificate is not in the namespace {namespace}: kubectl --namespace {namespace} create "
        "secret tls certificate --cert=FILE --key=FILE",
    }.items():
        with pytest.raises(HelmError) as refused:
            release.install(30, **REFUSED[values])
        assert str(refused.value).endswith(sentence)
        if not values:
            cluster.secret("shipway-metrics-token", namespace, token="t" * 32)
    assert release.objects() <= KEPT
    assert "sh.helm.release" not in cluster.kubectl("get", "secrets", namespace=namespace)


REFUSED = {
    "": {},
    "pipelines": {"pipelines": {"namespaces": ["nowhere"]}},
    "tls": {"metadata": {"tls": {"secretName": "certificate"}}},
}


def test_an_image_that_cannot_be_pulled_leaves_nothing(cluster, namespace, images):
    release = prepared_release(cluster, namespace, images)
    with pytest.raises(HelmError, match=r"shipway-metadata not ready"):
        release.install(15, images={"control": {"tag": "no-such-tag", "digest": ""}})
    release.wait_for_pods_to_end()
    assert release.objects() <= KEPT


def _claim(release):
    metadata = release.cluster.get("pvc", "shipway-metadata", namespace=release.namespace)["metadata"]
    return metadata["uid"]


def _of_the_cluster(release):
    kinds = "clusterroles,clusterrolebindings"
    selector = f"app.kubernetes.io/instance={release.name},app.kubernetes.io/part-of=shipway"
    found = release.cluster.get(kinds, "-l", selector)["items"]
    return [one["metadata"]["name"] for one in found if one["metadata"]["name"].startswith(release.namespace)]
