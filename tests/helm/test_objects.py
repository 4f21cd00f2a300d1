"""Every object of every set of values is one that Kubernetes' own schemas know, field by field."""

import functools
import re

import kubernetes_validate
import pytest
from kubernetes_validate import utils

OLDEST, NEWEST = "1.27", "1.34"
OF_OTHERS = {
    "serving.kserve.io/v1alpha1": {"ServingRuntime", "ClusterServingRuntime"},
    "monitoring.coreos.com/v1": {"ServiceMonitor", "PrometheusRule"},
}
LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"} | {
    "app.kubernetes.io/part-of", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def schemas_read_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
        yield


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_one_that_kubernetes_knows(each, version):
    for one in each:
        if one["kind"] in OF_OTHERS.get(one["apiVersion"], ()):
            continue
        kubernetes_validate.validate(one, version, strict=True)


def test_a_field_that_is_misspelt_would_be_found(objects):
    service = {**objects().one("Service", "-metadata"), "specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError, match="specs"):
        kubernetes_validate.validate(service, NEWEST, strict=True)


def test_names_are_there_once_and_belong_to_the_release(each):
    assert len(each.names) == len(each)
    for kind, namespace, name in each.names:
        assert re.fullmatch(r"[a-z0-9.-]{1,63}", name)
        assert name.startswith(("shipway-", "lineage-")), (kind, name)
        assert namespace or kind.startswith("Cluster")


def test_every_object_says_whose_it_is(each):
    for one in each:
        assert one["metadata"]["labels"].keys() >= LABELS, one["metadata"]["name"]


def test_selectors_find_the_pods_of_their_component_alone(each):
    for one in each.all("Deployment"):
        selector = one["spec"]["selector"]["matchLabels"]
        assert selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()
        others = [other for other in each.all("Deployment") if other is not one]
        assert not any(selector.items() <= other["spec"]["template"]["metadata"]["labels"].items() for other in others)


def test_every_service_has_its_pods_and_their_ports(each):
    for service in each.all("Service"):
        (pod,) = [
            one["spec"]["template"]
            for one in each.all("Deployment")
            if service["spec"]["selector"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
        ]
        ports = {port["name"] for container in pod["spec"]["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_every_mount_has_its_volume_and_every_claim_is_there(each):
    claims = {one["metadata"]["name"] for one in each.all("PersistentVolumeClaim")}
    given = {"lineage-data", "dashboards-data", "inference-log", "backups"}
    for name, pod in each.pods.items():
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert len(volumes) == len(pod["volumes"])
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounted == volumes, name
        used = {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["volumes"]} - {None}
        assert used <= claims | given, name


def test_a_release_of_another_name_and_namespace_shares_nothing(objects):
    values = {"servingRuntime": {"enabled": False}, "pipelines": {"namespaces": ["team-b"]}}
    here, there = objects(values, "shipway", "shipway"), objects(values, "other", "shipway")
    assert {kind for kind, _, _ in here.names & there.names} == {"ConfigMap"}
    elsewhere = objects({"pipelines": {"namespaces": ["team-c"]}, "servingRuntime": {"enabled": False}}, "shipway", "b")
    assert not here.names & elsewhere.names


def test_a_long_name_of_a_release_is_cut_where_names_must_be_short(objects):
    for _, _, name in objects("full", name="s" * 53).names:
        assert len(name) <= 63
