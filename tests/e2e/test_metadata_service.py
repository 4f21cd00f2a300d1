"""The metadata service in a cluster: its plain client, a pod that is killed amid writes, a backup and its restore."""

import json
import time

from release_pods import ended_python, run_python, start_python

from harness.cluster import until

PLAIN_CLIENT = """
import json, os, grpc
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2_grpc

target = os.environ["SHIPWAY_METADATA"].removeprefix("grpc://")
host, port = target.split(":")
token = open(os.environ["SHIPWAY_METADATA_TOKEN_FILE"]).read()

class Token(grpc.UnaryUnaryClientInterceptor):
    def intercept_unary_unary(self, continuation, details, request):
        return continuation(details._replace(metadata=[("authorization", f"Bearer {token}")]), request)

store = MetadataStore(metadata_store_pb2.MetadataStoreClientConfig(host=host, port=int(port)))
try:
    store.get_artifact_types()
    refused = "not at all"
except Exception as refusal:
    refused = type(refusal).__name__
channel = grpc.intercept_channel(grpc.insecure_channel(target), Token())
store._metadata_store_stub = metadata_store_service_pb2_grpc.MetadataStoreServiceStub(channel)
kind = store.put_artifact_type(metadata_store_pb2.ArtifactType(name="Thing"))
[number] = store.put_artifacts([metadata_store_pb2.Artifact(type_id=kind, uri="s3://bucket/thing", name="one")])
[found] = store.get_artifacts_by_id([number])
print(json.dumps({"refused": refused, "uri": found.uri, "name": found.name}))
"""

WRITER = """
import json, os, sys
from pathlib import Path
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.settings import MetadataAddress

writer, count = sys.argv[1], int(sys.argv[2])
address = MetadataAddress.from_environment(os.environ)
with Lineage.open(address) as lineage:
    for number in range(count):
        task = TaskIdentity("kills", f"{writer}-{number}", "trainer", "steps.trainer")
        execution = lineage.begin(task, {}, {"number": number}, f"{writer}-{number}")
        lineage.complete(execution, {"model": [ArtifactRecord("Model", f"s3://models/{writer}/{number}")]}, {})
        if number % 10 == 0:
            print(json.dumps(number), flush=True)
print(json.dumps(count))
"""

RECORDED = """
import json, os
from shipway.lineage import LineageQueries
from shipway.settings import MetadataAddress

queries = LineageQueries.open(MetadataAddress.from_environment(os.environ))
states = {run.run_id: [one.state for one in queries.run(run.run_id)] for run in queries.runs()}
print(json.dumps({"uris": sorted(one.uri for one in queries.artifacts()), "states": states}))
"""


def test_the_plain_client_works_through_the_service(release):
    assert run_python(release, PLAIN_CLIENT) == {
        "refused": "UnauthenticatedError",
        "uri": "s3://bucket/thing",
        "name": "one",
    }


def test_helm_test_asks_every_service(release):
    said = release.test()
    for service in ("dashboards", "exporter"):
        assert f"http://shipway-{service}.{release.namespace}.svc" in said
    assert said.count(": 200, ") >= 2


def test_a_pod_that_is_killed_while_others_write_loses_and_doubles_nothing(release):
    count, writers = 60, [start_python(release, WRITER, name, "60") for name in ("a", "b")]
    for after in (10, 30):
        until(lambda after=after: _reached(release, writers[0], after), 120, f"{after} are written")
        release.cluster.kubectl(
            "delete", "pod", "-l", "app.kubernetes.io/component=metadata", "--force", "--grace-period=0",
            namespace=release.namespace,
        )  # fmt: skip
    assert [ended_python(release, name) for name in writers] == [count, count]
    found = run_python(release, RECORDED)
    assert found["uris"] == sorted(f"s3://models/{name}/{number}" for name in "ab" for number in range(count))
    assert found["states"] == {f"{name}-{number}": ["COMPLETE"] for name in "ab" for number in range(count)}
    assert _verified(release) == "nothing is wrong"


def _reached(release, pod, number):
    written = [json.loads(line) for line in release.cluster.logs(pod, release.namespace).splitlines() if line.isdigit()]
    return bool(written) and written[-1] >= number


def _verified(release):
    """What the store says of itself; a store is read whole, so executions that were begun twice would be named."""
    said = release.cluster.kubectl(
        "exec", "deployment/shipway-metadata", "--", "/opt/shipway/bin/shipway", "metadata", "verify",
        namespace=release.namespace,
    )  # fmt: skip
    return "nothing is wrong" if "nothing is wrong" in said else said


def test_a_backup_outlives_the_release_and_its_volume(release):
    release.upgrade(metadata={"backup": {"enabled": True}})
    run_python(release, WRITER, "kept", "5")
    before = run_python(release, RECORDED)
    _run_job(release, "shipway-metadata-backup", "backup-now")
    run_python(release, WRITER, "late", "1")

    release.uninstall()
    release.cluster.kubectl("delete", "pvc", "shipway-metadata", namespace=release.namespace)
    release.install(metadata={"backup": {"enabled": True}})
    assert run_python(release, RECORDED) == {"uris": [], "states": {}}

    _scale(release, 0)
    _run_job(release, "shipway-metadata-restore", "restore-now")
    _scale(release, 1)
    release.cluster.wait_for("condition=Available", "deployment/shipway-metadata", release.namespace)
    assert run_python(release, RECORDED) == before


def _run_job(release, cronjob, name):
    release.cluster.kubectl("create", "job", f"--from=cronjob/{cronjob}", name, namespace=release.namespace)
    release.cluster.wait_for("condition=Complete", f"job/{name}", release.namespace, 60)


def _scale(release, replicas):
    release.cluster.kubectl(
        "scale", "deployment/shipway-metadata", f"--replicas={replicas}", namespace=release.namespace
    )
    selector = "app.kubernetes.io/component=metadata"
    until(
        lambda: len(release.cluster.get("pods", "-l", selector, namespace=release.namespace)["items"]) == replicas,
        60,
        f"{replicas} pods",
    )
    time.sleep(1)
