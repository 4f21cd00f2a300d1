"""A call that is repeated is stored once: by the service that made it, and by one that came after it."""

import uuid

import grpc
import pytest

RUNNING = 2


@pytest.fixture(scope="module")
def store_file(tmp_path_factory):
    return tmp_path_factory.mktemp("home") / "metadata.db"


@pytest.fixture(scope="module")
def service(store_file, run_service):
    """One for all tests: what each of them stores has names of its own."""
    with run_service(store_file) as started:
        yield started


@pytest.fixture
def name():
    """A name that no other test gives."""
    return uuid.uuid4().hex


@pytest.fixture
def types(calls):
    """Ids of a type of each kind."""
    return {
        "artifact": calls("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id,
        "execution": calls("PutExecutionType", {"execution_type": {"name": "Step", "properties": {"rows": 1}}}).type_id,
        "context": calls("PutContextType", {"context_type": {"name": "Run"}}).type_id,
    }


@pytest.fixture
def published(calls, types, name):
    """A call that publishes an execution, with what it read and made."""
    (read,) = calls("PutArtifacts", {"artifacts": [{"type_id": types["artifact"], "uri": f"{name}/read"}]}).artifact_ids
    thing = {"type_id": types["artifact"], "state": 2}
    return {
        "execution": {
            "type_id": types["execution"],
            "name": f"{name}#1",
            "external_id": f"{name}#1",
            "last_known_state": RUNNING,
            "properties": {"rows": {"int_value": 5}},
            "custom_properties": {"rate": {"double_value": 0.123456789}},
        },
        "artifact_event_pairs": [
            {"event": {"artifact_id": read, "type": 3}},
            {"artifact": {**thing, "uri": f"{name}/made", "name": f"{name}:model"}, "event": {"type": 4}},
            {"artifact": {**thing, "uri": f"{name}/made"}, "event": {"type": 4}},
        ],
        "contexts": [{"type_id": types["context"], "name": name} for name in ("run", "pipeline")],
        "options": {"reuse_context_if_already_exist": True},
    }


@pytest.fixture
def thing(types, name):
    """A call that puts an artifact without a name."""
    return {"artifacts": [{"type_id": types["artifact"], "uri": name}]}


def stored(calls, *uris):
    return len(calls("GetArtifactsByURI", {"uris": list(uris)}).artifacts)


def test_the_same_id_is_stored_once(calls, thing, name):
    answers = [calls("PutArtifacts", thing, x_shipway_request_id=name).artifact_ids[0] for _ in range(3)]
    assert len(set(answers)) == 1
    assert stored(calls, name) == 1
    assert calls("PutArtifacts", thing).artifact_ids[0] not in answers


def test_the_same_id_at_once_is_stored_once(calls, thing, name):
    started = [calls.start("PutArtifacts", thing, x_shipway_request_id=name) for _ in range(8)]
    assert len({call.result().artifact_ids[0] for call in started}) == 1
    assert stored(calls, name) == 1


def test_an_id_of_another_call_is_refused(calls, types, name):
    first, other = ({"artifacts": [{"type_id": types["artifact"], "uri": uri}]} for uri in ("a", "b"))
    calls("PutArtifacts", first, x_shipway_request_id=name)
    with pytest.raises(grpc.RpcError) as refused:
        calls("PutArtifacts", other, x_shipway_request_id=name)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_caller_that_gave_up_finds_its_call_made(calls, thing, name, hold_up):
    with hold_up():
        given_up = calls.start("PutArtifacts", thing, timeout=0.3, x_shipway_request_id=name)
        with pytest.raises(grpc.RpcError):
            given_up.result()
    calls("PutArtifacts", thing, x_shipway_request_id=name, x_shipway_attempt="2")
    assert stored(calls, name) == 1


class TestAfterARestart:
    """The id is unknown to the service: what is stored tells."""

    def again(self, calls, method, fields, attempt="2"):
        return calls.start(method, fields, x_shipway_request_id=uuid.uuid4().hex, x_shipway_attempt=attempt)

    def code(self, call):
        with pytest.raises(grpc.RpcError) as refused:
            call.result()
        return refused.value.code()

    def test_an_execution_is_answered_with_its_ids(self, calls, published, name):
        first = calls("PutExecution", published)
        assert self.again(calls, "PutExecution", published).result() == first
        assert len(calls("GetExecutionsByExternalIds", {"external_ids": [f"{name}#1"]}).executions) == 1
        assert stored(calls, f"{name}/read", f"{name}/made") == 3

    def test_an_update_is_answered_with_its_ids(self, calls, published):
        begun = {**published, "artifact_event_pairs": []}
        execution_id = calls("PutExecution", begun).execution_id
        published["execution"] = {**published["execution"], "id": execution_id, "last_known_state": 3}
        first = calls("PutExecution", published)
        assert self.again(calls, "PutExecution", published).result() == first

    def test_who_does_not_repeat_is_told_that_it_exists(self, calls, published):
        calls("PutExecution", published)
        assert self.code(self.again(calls, "PutExecution", published, "1")) is grpc.StatusCode.ALREADY_EXISTS

    @pytest.mark.parametrize("change", ["state", "property", "artifact", "context"])
    def test_what_differs_is_another_call(self, calls, published, types, change):
        calls("PutExecution", published)
        if change == "state":
            published["execution"]["last_known_state"] = 3
        elif change == "property":
            published["execution"]["custom_properties"] = {"rate": {"double_value": 0.2}}
        elif change == "artifact":
            published["artifact_event_pairs"][2]["artifact"]["uri"] = "other"
        else:
            published["contexts"].append({"type_id": types["context"], "name": "other"})
        assert self.code(self.again(calls, "PutExecution", published)) is grpc.StatusCode.ALREADY_EXISTS

    @pytest.mark.parametrize("kind", ["Artifact", "Execution", "Context"])
    def test_named_nodes_are_answered_with_their_ids(self, calls, types, kind, name):
        type_id = types[kind.lower()]
        field, nodes = f"{kind.lower()}s", [{"type_id": type_id, "name": f"{name}{end}"} for end in "ba"]
        first = calls(f"Put{kind}s", {field: nodes})
        assert self.again(calls, f"Put{kind}s", {field: nodes}).result() == first
        nodes.append({"type_id": type_id, "name": f"{name}new"})
        assert self.code(self.again(calls, f"Put{kind}s", {field: nodes})) is grpc.StatusCode.ALREADY_EXISTS
