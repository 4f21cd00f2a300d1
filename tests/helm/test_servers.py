"""What the release's servers are started with: the real command line reads it, and probes ask where it listens."""

import argparse

import pytest

from shipway.cli import exporter, metadata_serve, ui

COMMANDS = {
    "metadata": (metadata_serve, 2, {"port": 8090, "metrics_port": 9465}),
    "dashboards": (ui, 1, {"port": 8080}),
    "exporter": (exporter, 1, {"port": 9464}),
}


def container(objects, component):
    (found,) = objects.one("Deployment", f"-{component}")["spec"]["template"]["spec"]["containers"]
    return found


def arguments(objects, component):
    command, words, _ = COMMANDS[component]
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.add_arguments(parser)
    return parser.parse_args(container(objects, component)["args"][words:])


@pytest.mark.parametrize("component", COMMANDS)
def test_the_command_line_takes_every_flag(each, component):
    if not [one for one in each.all("Deployment") if one["metadata"]["name"].endswith(component)]:
        return  # this set of values has switched it off
    ports = {port["containerPort"] for port in container(each, component)["ports"]}
    read = arguments(each, component)
    expected = COMMANDS[component][2]
    assert {name: getattr(read, name) for name in expected} == expected
    assert ports == set(expected.values())


def test_a_file_lies_on_the_volume_and_is_the_homes_own_store(objects):
    release = objects()
    served = container(release, "metadata")
    assert not [flag for flag in served["args"] if flag.startswith("--database")]
    assert {"name": "SHIPWAY_HOME", "value": "/var/lib/shipway"} in served["env"]
    assert {"name": "home", "mountPath": "/var/lib/shipway"} in served["volumeMounts"]
    assert release.one("Deployment", "-metadata")["spec"]["strategy"] == {"type": "Recreate"}
    assert release.one("PersistentVolumeClaim")["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@pytest.mark.parametrize(
    ("values", "database", "port"),
    [
        ("postgresql", "postgresql://shipway@db.example.com:5432/lineage?ca=/etc/shipway/database/ca.crt", 5432),
        ("mysql", "mysql://shipway@mysql.databases.svc:3307/lineage", 3307),
    ],
)
def test_a_server_is_named_without_its_password(objects, values, database, port):
    from shipway.lineage.database import Database

    release = objects(values)
    read = arguments(release, "metadata")
    assert read.database == database
    assert Database.parse(read.database).port == port
    assert str(read.database_password_file) == "/etc/shipway/database/password"
    assert not [one for one in release.all("PersistentVolumeClaim") if one["metadata"]["name"] == "shipway-metadata"]
    egress = release.one("NetworkPolicy", "shipway-metadata")["spec"]["egress"]
    assert {"ports": [{"port": port}]} in egress


def test_backups_and_restores_are_of_the_same_store(objects):
    from shipway.cli import metadata_backup, metadata_restore

    for values in ("full", "postgresql"):
        release = objects(values)
        served = arguments(release, "metadata")
        for name, command in (("metadata-backup", metadata_backup), ("metadata-restore", metadata_restore)):
            (job,) = release.pods[f"shipway-{name}"]["containers"]
            parser = argparse.ArgumentParser(exit_on_error=False)
            command.add_arguments(parser)
            read = parser.parse_args(job["args"][2:])
            assert (read.database, read.file) == (served.database, None)
            assert {"name": "backups", "mountPath": "/var/lib/shipway/backups"} in job["volumeMounts"]
    assert release.one("CronJob", "-restore")["spec"]["suspend"] is True


def test_a_backup_of_a_file_runs_where_the_volume_is_mounted(objects):
    release = objects("full")
    affinity = release.pods["shipway-metadata-backup"]["affinity"]["podAffinity"]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
    selector = release.one("Deployment", "-metadata")["spec"]["selector"]
    assert term == {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
    assert "affinity" not in release.pods["shipway-metadata-restore"]  # nobody else has the volume then
    assert "affinity" not in objects("postgresql").pods["shipway-metadata-backup"]


def test_with_tls_everyone_who_calls_checks_the_certificate(objects):
    release = objects("full")
    read = arguments(release, "metadata")
    assert (str(read.tls_cert_file), str(read.tls_key_file)) == ("/etc/shipway/tls/tls.crt", "/etc/shipway/tls/tls.key")
    for component in ("dashboards", "exporter", "watcher"):
        environment = {one["name"]: one.get("value") for one in container(release, component)["env"]}
        assert environment["SHIPWAY_METADATA"] == "grpcs://shipway-metadata.shipway.svc:8090"
        assert environment["SHIPWAY_METADATA_CA_FILE"] == "/etc/shipway/metadata-ca/ca.crt"
    volumes = {one["name"]: one for one in release.pods["shipway-exporter"]["volumes"]}
    assert volumes["metadata-ca"]["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]  # and never its key
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container(release, "metadata")[probe]["httpGet"]["port"] == "metrics"  # a kubelet speaks no TLS to gRPC
        assert container(release, "dashboards")[probe]["httpGet"]["scheme"] == "HTTPS"


def test_the_dashboards_get_what_the_values_say(objects):
    read = arguments(objects("full"), "dashboards")
    assert read.operators == "ada@example.com,bob@example.com"
    assert (read.auth_header, read.trusted_proxies) == ("X-Auth-Request-Email", "10.0.0.0/8")
    hosts = read.allowed_hosts.split(",")
    assert {"shipway-dashboards.shipway.svc", "ships.example.com", "ships.internal"} <= set(hosts)
    assert read.inference_log == "/var/log/inference" or str(read.inference_log) == "/var/log/inference"


def test_images_are_named_by_registry_tag_and_digest(objects):
    assert container(objects(), "metadata")["image"] == "shipway/control:0.1.0"
    digest = "0123456789abcdef" * 4
    assert container(objects("full"), "metadata")["image"] == f"registry.example.com/ml/shipway/control@sha256:{digest}"
    (served,) = objects("full").one("ServingRuntime", "-serving", "models")["spec"]["containers"]
    assert served["image"] == "registry.example.com/ml/shipway/serving:0.1.0-3"


def test_steps_are_told_where_the_metadata_is(objects):
    assert objects().one("ConfigMap", "shipway-pipelines")["data"] == {
        "SHIPWAY_METADATA": "grpc://shipway-metadata.shipway.svc:8090",
        "SHIPWAY_METADATA_PATIENCE": "120",
    }
    told = objects("full").one("ConfigMap", "shipway-pipelines", "team-a")["data"]
    assert told["SHIPWAY_OBJECT_STORE_ENDPOINT"] == "http://minio.storage.svc:9000"
    assert told["SHIPWAY_SPOOL"] == "/var/spool/shipway"
    assert told["HTTPS_PROXY"] == "http://proxy.example.com:3128"
