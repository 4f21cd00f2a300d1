"""A database server that drops its connections: callers hear of it at most once, and no row is doubled."""

import grpc
import pytest

from shipway.lineage.database import MYSQL, POSTGRESQL

DROP = {
    POSTGRESQL: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' "
    "AND pid <> pg_backend_pid()",
    MYSQL: "BEGIN NOT ATOMIC FOR one IN (SELECT id FROM information_schema.processlist WHERE db = '{name}' "
    "AND id <> connection_id()) DO KILL one.id; END FOR; END",
}
ON_SERVERS = [pytest.param(kind, marks=pytest.mark.databases) for kind in DROP]


@pytest.mark.parametrize("database", ON_SERVERS, indirect=True, scope="module")
def test_a_lost_connection_is_made_again(module_service, database, drop, Calls):
    with module_service.channel() as channel:
        calls = Calls(channel)
        type_id = calls("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id
        for number in range(4):
            drop(DROP[database.kind])
            assert calls("GetArtifactTypesByID", {"type_ids": [type_id]}).artifact_types
            drop(DROP[database.kind])
            put(calls, type_id, f"{number}")
        stored = calls("GetArtifacts", {"options": {"max_result_size": 50}}).artifacts
    assert sorted(one.uri for one in stored) == ["0", "1", "2", "3"]


def put(calls, type_id, uri):
    """Put an artifact, once more where a lost connection left it in doubt and it was not stored."""
    fields = {"artifacts": [{"type_id": type_id, "uri": uri, "name": uri}]}
    first = calls.start("PutArtifacts", fields, x_shipway_request_id=uri)
    if first.exception() is None:
        return
    assert first.code() is grpc.StatusCode.UNAVAILABLE
    assert calls("PutArtifacts", fields, x_shipway_request_id=uri, x_shipway_attempt="2").artifact_ids
