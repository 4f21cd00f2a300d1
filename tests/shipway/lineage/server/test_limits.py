"""What the service takes at once, how long it takes, and how it ends."""

import time

import grpc
import pytest

RESOURCE_EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


def things(type_id, *uris):
    return {"artifacts": [{"type_id": type_id, "uri": uri} for uri in uris]}


def code_of(call):
    with pytest.raises(grpc.RpcError) as refused:
        call.result()
    return refused.value.code()


def put_type(calls):
    return calls("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id


def test_more_calls_than_it_takes_are_refused(serving, hold_up, Calls):
    with serving(max_calls=2) as service, service.channel() as channel:
        calls = Calls(channel)
        type_id = put_type(calls)
        with hold_up():
            under_way = [calls.start("PutArtifacts", things(type_id, uri)) for uri in ("a", "b")]
            while service.server._admission.count < 2:
                time.sleep(0.005)
            refused = calls.start("GetArtifacts", {"options": {"max_result_size": 5}})
            assert code_of(refused) is RESOURCE_EXHAUSTED
            assert "2 calls in hand, which is its limit" in refused.details()
        assert len({call.result().artifact_ids[0] for call in under_way}) == 2
        assert len(calls("GetArtifacts", {"options": {"max_result_size": 5}}).artifacts) == 2


def test_messages_have_a_bound(serving, Calls):
    with serving(max_message_bytes=10_000) as service, service.channel() as channel:
        calls = Calls(channel)
        type_id = put_type(calls)
        assert code_of(calls.start("PutArtifacts", things(type_id, "x" * 10_001))) is RESOURCE_EXHAUSTED
        for _ in range(2):
            calls("PutArtifacts", things(type_id, "y" * 6_000))
        assert code_of(calls.start("GetArtifacts", {"options": {"max_result_size": 5}})) is RESOURCE_EXHAUSTED


def test_a_call_whose_caller_has_gone_is_not_begun(calls, artifact_type, hold_up):
    with hold_up():
        first = calls.start("PutArtifacts", things(artifact_type, "first"))
        late = [calls.start("PutArtifacts", things(artifact_type, "late"), timeout=0.3) for _ in range(4)]
        cancelled = calls.start("PutArtifacts", things(artifact_type, "cancelled"))
        assert {code_of(call) for call in late} == {grpc.StatusCode.DEADLINE_EXCEEDED}
        cancelled.cancel()
        time.sleep(0.1)  # a deadline is rounded on its way, and a cancelling has a way to go
    first.result()
    last = calls("PutArtifacts", things(artifact_type, "last"))
    stored = calls("GetArtifacts", {"options": {"max_result_size": 50}}).artifacts
    assert [one.uri for one in stored] == ["first", "last"]
    assert stored[1].id == last.artifact_ids[0]


def test_readers_do_not_wait_for_writers(calls, artifact_type, hold_up):
    with hold_up():
        waiting = calls.start("PutArtifacts", things(artifact_type, "a"))
        assert [one.name for one in calls("GetArtifactTypes", {}).artifact_types if one.id == artifact_type] == [
            "Thing"
        ]
        assert not waiting.done()
    waiting.result()


def test_calls_under_way_end_before_the_service_does(service, calls, artifact_type, hold_up, store_file):
    with hold_up():
        under_way = calls.start("PutArtifacts", things(artifact_type, "a"))
        while not service.server._admission.count:
            time.sleep(0.005)
        stopped = service.stop()
        assert code_of(calls.start("GetArtifactTypes", {})) is grpc.StatusCode.UNAVAILABLE
    assert under_way.result().artifact_ids
    stopped.result(20)
    assert code_of(calls.start("GetArtifactTypes", {}, timeout=1.0)) is grpc.StatusCode.UNAVAILABLE


def test_an_unknown_method_is_said_to_be_one(calls, service):
    with service.channel() as channel:
        for path in ("/ml_metadata.MetadataStoreService/DropEverything", "/x/y"):
            with pytest.raises(grpc.RpcError) as refused:
                channel.unary_unary(path)(b"", timeout=20)
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    lost = calls.start("GetLineageGraph", {})
    assert code_of(lost) is grpc.StatusCode.UNIMPLEMENTED
    assert "use GetLineageSubgraph" in lost.details()


def test_relatives_of_many_contexts(calls):
    type_id = calls("PutContextType", {"context_type": {"name": "Run"}}).type_id
    contexts = [{"type_id": type_id, "name": name} for name in ("parent", "child", "alone")]
    parent, child, alone = calls("PutContexts", {"contexts": contexts}).context_ids
    calls("PutParentContexts", {"parent_contexts": [{"parent_id": parent, "child_id": child}]})
    ids = {"context_ids": [parent, child, alone]}
    parents = calls("GetParentContextsByContexts", ids).contexts
    assert {key: [one.id for one in found.parent_contexts] for key, found in parents.items()} == {child: [parent]}
    children = calls("GetChildrenContextsByContexts", ids).contexts
    assert {key: [one.id for one in found.children_contexts] for key, found in children.items()} == {parent: [child]}
