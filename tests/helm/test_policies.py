"""What no pod of a release may do: run as root, write its root, call Kubernetes without need, take a node's memory."""

import re

import pytest

ALLOWED_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def containers(each):
    return [(name, one) for name, pod in each.pods.items() for one in pod["containers"] + pod.get("initContainers", [])]


def test_pods_meet_the_restricted_pod_security_standard(each):
    for name, pod in each.pods.items():
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] == security["runAsGroup"] == 10001, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}, name
        kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
        assert kinds <= ALLOWED_VOLUMES, name


def test_containers_may_write_nothing_but_their_volumes(each):
    for name, container in containers(each):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]], name


def test_every_container_asks_for_something_and_has_a_limit(each):
    for name, container in containers(each):
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}, name


def test_every_server_is_probed(each):
    for one in each.all("Deployment"):
        for container in one["spec"]["template"]["spec"]["containers"]:
            assert container.keys() >= {"startupProbe", "readinessProbe", "livenessProbe"}, one["metadata"]["name"]
            ports = {port["name"] for port in container["ports"]}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert container[probe]["httpGet"]["port"] in ports


def test_images_are_of_one_version(each):
    for name, container in containers(each):
        reference = container["image"]
        assert re.search(r"(:[\w.-]+|@sha256:[0-9a-f]{64})$", reference), name
        assert not reference.endswith(":latest"), name


def test_the_watcher_alone_has_a_token_for_kubernetes(each):
    for account in each.all("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    with_token = {name for name, pod in each.pods.items() if pod["automountServiceAccountToken"]}
    assert with_token <= {"shipway-watcher"}


def test_every_server_beyond_its_pod_asks_who_calls(each):
    for name, container in containers(each):
        arguments = " ".join(container.get("args", []))
        if "--host=" in arguments:
            assert re.search("--(token_file|operator_token_file|auth_header)=", arguments), name
        assert "--allow_insecure" not in arguments, name


def test_passwords_and_tokens_are_references(each):
    assert not each.all("Secret")
    for _, container in containers(each):
        for variable in container.get("env", []):
            secret = re.search("PASSWORD|SECRET|TOKEN$|ACCESS_KEY", variable["name"])
            assert not secret or "valueFrom" in variable


SECRETS = re.compile("[Pp]assword|[Ss]ecret|[Tt]oken|sessionKey")


def test_values_name_secrets_and_hold_none(chart):
    def held(values, path=""):
        for key, value in values.items():
            at = f"{path}.{key}"
            if isinstance(value, dict):
                yield from held(value, at)
            elif SECRETS.search(key):
                yield at

    assert set(held(chart.values)) == {
        ".imagePullSecrets",
        ".metadata.tls.secretName",
        ".dashboards.tls.secretName",
        ".dashboards.ingress.tlsSecretName",
    }


@pytest.mark.parametrize("component", ["metadata", "dashboards", "exporter", "watcher"])
def test_pods_of_every_component_can_be_placed(objects, component):
    placement = {
        "nodeSelector": {"pool": "services"},
        "tolerations": [{"key": "services", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
        "priorityClassName": "services",
    }
    pod = objects({component: placement}).pods[f"shipway-{component}"]
    assert {key: pod[key] for key in placement} == placement
