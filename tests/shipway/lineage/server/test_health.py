"""Health, reflection and metrics."""

import re
import time
import urllib.error
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from shipway.lineage.server.health import MOST_WATCHERS

METADATA = "ml_metadata.MetadataStoreService"
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


def watched(channel, name=METADATA):
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Watch(health_pb2.HealthCheckRequest(service=name), timeout=60)


def test_health_is_told_of_the_service(service):
    with service.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", METADATA):
            assert stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=20).status == SERVING


def test_a_store_that_is_gone_is_no_longer_served(service, store_file, Calls):
    away = store_file.with_name("away.db")
    with service.channel() as channel:
        statuses = watched(channel)
        assert next(statuses).status == SERVING
        store_file.rename(away)
        assert next(statuses).status == NOT_SERVING
        refused = Calls(channel).start("GetContextTypes", {})
        assert refused.exception().code() is grpc.StatusCode.UNAVAILABLE
        assert f"There is no metadata store at {str(store_file)!r}" in refused.details()
        away.rename(store_file)
        assert next(statuses).status == SERVING
        Calls(channel)("GetContextTypes", {})
        statuses.cancel()


def test_watchers_are_told_of_the_end(service):
    with service.channel() as channel:
        statuses = watched(channel)
        assert next(statuses).status == SERVING
        stopped = service.stop()
        assert next(statuses).status == NOT_SERVING
        statuses.cancel()
        stopped.result(20)


def test_a_watcher_that_leaves_takes_nobody_along(service):
    with service.channel() as channel:
        stays, leaves = watched(channel, ""), watched(channel, "")
        assert next(stays).status == next(leaves).status == SERVING
        leaves.cancel()
        stopped = service.stop()
        assert next(stays).status == NOT_SERVING
        stays.cancel()
        stopped.result(20)


def test_an_unknown_service_is_said_to_be_one(service):
    with service.channel() as channel:
        refused = health_pb2_grpc.HealthStub(channel).Check.future(
            health_pb2.HealthCheckRequest(service="x"), timeout=20
        )
        assert refused.exception().code() is grpc.StatusCode.NOT_FOUND
        statuses = watched(channel, "x")
        assert next(statuses).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        statuses.cancel()


def test_watchers_have_a_bound(service):
    with service.channel() as channel:
        watchers = [watched(channel) for _ in range(MOST_WATCHERS)]
        for one in watchers:
            next(one)
        refused = watched(channel)
        assert refused.exception().code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        for one in watchers:
            one.cancel()


def test_reflection_describes_the_services(service):
    with service.channel() as channel:
        described = ProtoReflectionDescriptorDatabase(channel)
        assert set(described.get_services()) >= {METADATA, "grpc.health.v1.Health"}
        file = described.FindFileContainingSymbol(METADATA)
        assert {method.name for method in file.service[0].method} >= {"PutExecution", "GetLineageSubgraph"}


def test_metrics_count_calls(serving, Calls):
    with serving(metrics_port=-1) as service, service.channel() as channel:
        calls = Calls(channel)
        type_id = calls("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id
        for _ in range(3):
            calls("PutArtifacts", {"artifacts": [{"type_id": type_id}]})
        calls.start("PutArtifacts", {"artifacts": [{"type_id": 99_999}]}).exception()
        with urllib.request.urlopen(service.metrics_url) as response:
            said = response.read().decode()
    values = dict(re.findall(r"^(\S+?) (\S+)$", said, re.MULTILINE))
    assert values['shipway_metadata_requests_total{code="OK",method="PutArtifacts"}'] == "3.0"
    assert values['shipway_metadata_requests_total{code="NOT_FOUND",method="PutArtifacts"}'] == "1.0"
    assert values['shipway_metadata_request_seconds_count{method="PutArtifacts"}'] == "4.0"
    assert values["shipway_metadata_in_flight"] == "0.0"
    assert values["shipway_metadata_store_up"] == "1.0"


def probed(service, path):
    """The status of what a cluster's probe asks."""
    try:
        with urllib.request.urlopen(service.metrics_url.replace("/metrics", path)) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_probes_tell_a_store_that_is_away_from_a_process_that_is(serving, store_file):
    away = store_file.with_name("away.db")
    with serving(metrics_port=-1) as service:
        assert (probed(service, "/healthz"), probed(service, "/readyz")) == (200, 200)
        store_file.rename(away)
        until = time.monotonic() + 20
        while probed(service, "/readyz") == 200 and time.monotonic() < until:
            time.sleep(0.05)
        assert (probed(service, "/healthz"), probed(service, "/readyz")) == (200, 503)
        away.rename(store_file)
