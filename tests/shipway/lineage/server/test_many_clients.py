"""Many clients at once: no row is lost, and none is doubled."""

from concurrent.futures import ThreadPoolExecutor

from ml_metadata.proto import metadata_store_pb2 as mlmd

CLIENTS = 8
CALLS = 25


def publish(service, client):
    """What a client of ML Metadata's does for a run: types, an execution, its data and its contexts."""
    store = service.client(client_timeout_sec=120.0)
    data = store.put_artifact_type(mlmd.ArtifactType(name="Data", properties={"span": mlmd.INT}))
    step = store.put_execution_type(mlmd.ExecutionType(name=f"Step {client % 2}"))
    run = store.put_context_type(mlmd.ContextType(name="Run"))
    written = []
    for number in range(CALLS):
        made = mlmd.Artifact(type_id=data, uri=f"{client}/{number}", properties={"span": mlmd.Value(int_value=number)})
        written.append(
            store.put_execution(
                mlmd.Execution(type_id=step, name=f"{client}/{number}"),
                [(made, mlmd.Event(type=mlmd.Event.OUTPUT))],
                [mlmd.Context(type_id=run, name=f"run {number % 3}"), mlmd.Context(type_id=run, name="all")],
                reuse_context_if_already_exist=True,
            )
        )
        assert [one.uri for one in store.get_artifacts_by_id(written[-1][1])] == [made.uri]
    return written


def test_many_clients_write_at_once(module_service):
    with ThreadPoolExecutor(CLIENTS) as clients:
        written = [
            one
            for wrote in clients.map(lambda client: publish(module_service, client), range(CLIENTS))
            for one in wrote
        ]
    store = module_service.client()
    executions, artifacts = store.get_executions(), store.get_artifacts()
    assert sorted(one.id for one in executions) == sorted(execution for execution, _, _ in written)
    assert sorted(one.id for one in artifacts) == sorted(ids[0] for _, ids, _ in written)
    assert {one.name for one in executions} == {one.uri for one in artifacts}
    assert len(executions) == len(artifacts) == CLIENTS * CALLS
    assert sorted(one.name for one in store.get_contexts()) == ["all", "run 0", "run 1", "run 2"]
    ours = ("Data", "Run", "Step 0", "Step 1")
    types = [*store.get_artifact_types(), *store.get_execution_types(), *store.get_context_types()]
    assert sorted(one.name for one in types if one.name in ours) == list(ours)
    (everything,) = (one for one in store.get_contexts() if one.name == "all")
    assert len(store.get_executions_by_context(everything.id)) == CLIENTS * CALLS
    assert len(store.get_events_by_execution_ids([one.id for one in executions])) == CLIENTS * CALLS
