"""ML Metadata's own client, unchanged, against the service: what it does with a database it does here."""

import pytest
from ml_metadata import errors
from ml_metadata.metadata_store import ListOptions, OrderByField
from ml_metadata.proto import metadata_store_pb2 as mlmd

LIVE = mlmd.Artifact.LIVE


@pytest.fixture(scope="module")
def store(module_service):
    return module_service.client(client_timeout_sec=60.0)


@pytest.fixture
def named(request):
    """A name of this test's own: the store is shared."""
    return lambda name: f"{request.node.name}:{name}"


@pytest.fixture
def data_type(store, named):
    wanted = mlmd.ArtifactType(name=named("Data"), properties={"span": mlmd.INT, "split": mlmd.STRING})
    return store.put_artifact_type(wanted)


@pytest.fixture
def step_type(store, named):
    return store.put_execution_type(mlmd.ExecutionType(name=named("Step"), properties={"rows": mlmd.INT}))


@pytest.fixture
def run_type(store, named):
    return store.put_context_type(mlmd.ContextType(name=named("Run")))


def data(type_id, uri="", **fields):
    return mlmd.Artifact(type_id=type_id, uri=uri, state=LIVE, **fields)


def test_types(store, named, data_type, step_type, run_type):
    assert store.get_artifact_type(named("Data")).id == data_type
    assert dict(store.get_artifact_type(named("Data")).properties) == {"span": mlmd.INT, "split": mlmd.STRING}
    assert [one.name for one in store.get_execution_types_by_id([step_type])] == [named("Step")]
    assert named("Run") in {one.name for one in store.get_context_types()}
    assert store.put_artifact_type(store.get_artifact_type(named("Data"))) == data_type
    grown = mlmd.ArtifactType(name=named("Data"), properties={"new": mlmd.DOUBLE})
    with pytest.raises(errors.AlreadyExistsError):
        store.put_artifact_type(grown)
    assert store.put_artifact_type(grown, can_add_fields=True, can_omit_fields=True) == data_type
    with pytest.raises(errors.NotFoundError, match="No type found"):
        store.get_artifact_type(named("no such type"))


def test_artifacts(store, named, data_type):
    first = data(
        data_type, "a/é", name=named("one"), external_id=named("x"), properties={"span": mlmd.Value(int_value=7 << 40)}
    )
    first.custom_properties["score"].double_value = 0.25
    first.custom_properties["text"].string_value = 'it\'s a "text" with % and \\ and 行'
    first.custom_properties["tree"].struct_value.update({"a": [1, {"b": "c"}]})
    one, two = store.put_artifacts([first, data(data_type, "a/b")])
    (stored,) = store.get_artifacts_by_id([one])
    assert (stored.uri, stored.name, stored.state, stored.type) == ("a/é", named("one"), LIVE, named("Data"))
    assert stored.properties == first.properties
    assert stored.custom_properties == first.custom_properties
    assert store.get_artifact_by_type_and_name(named("Data"), named("one")).id == one
    assert {one.id for one in store.get_artifacts_by_type(named("Data"))} == {one, two}
    assert [found.id for found in store.get_artifacts_by_uri("a/é") if found.type_id == data_type] == [one]
    assert [found.id for found in store.get_artifacts_by_external_ids([named("x")])] == [one]
    stored.state = mlmd.Artifact.DELETED
    assert store.put_artifacts([stored]) == [one]
    assert store.get_artifacts_by_id([one])[0].state == mlmd.Artifact.DELETED
    with pytest.raises(errors.AlreadyExistsError):
        store.put_artifacts([data(data_type, name=named("one"))])


def test_text_is_never_read_as_sql(store, named, data_type):
    texts = [
        "\\",
        "\\'",
        "'); DROP TABLE Event; --",
        "\\'); DROP TABLE Event; --",
        "\\ || (SELECT 1) || '",
        "%s {0} $1 :a ?",
    ]
    ids = store.put_artifacts([data(data_type, text, name=named(text)) for text in texts])
    assert sorted(one.uri for one in store.get_artifacts_by_id(ids)) == sorted(texts)
    for text, artifact_id in zip(texts, ids, strict=True):
        assert store.get_artifact_by_type_and_name(named("Data"), named(text)).id == artifact_id
        assert artifact_id in {one.id for one in store.get_artifacts_by_uri(text)}
    assert store.get_events_by_artifact_ids(ids) == []


def test_a_masked_update_changes_what_it_names(store, data_type):
    (one,) = store.put_artifacts([data(data_type, "a", properties={"split": mlmd.Value(string_value="train")})])
    change = mlmd.Artifact(id=one, type_id=data_type, uri="b", state=mlmd.Artifact.ABANDONED)
    store.put_artifacts([change], ["uri"])
    (stored,) = store.get_artifacts_by_id([one])
    assert (stored.uri, stored.state, len(stored.properties)) == ("b", LIVE, 1)


def test_executions(store, named, step_type):
    running = mlmd.Execution(type_id=step_type, name=named("one"), last_known_state=mlmd.Execution.RUNNING)
    (one,) = store.put_executions([running])
    (stored,) = store.get_executions_by_id([one])
    stored.last_known_state = mlmd.Execution.COMPLETE
    store.put_executions([stored])
    (stored,) = store.get_executions_by_type(named("Step"))
    assert stored.last_known_state == mlmd.Execution.COMPLETE
    assert store.get_execution_by_type_and_name(named("Step"), named("one")).id == one


def test_contexts_and_their_members(store, named, data_type, step_type, run_type):
    parent, child = store.put_contexts([mlmd.Context(type_id=run_type, name=named(name)) for name in ("p", "c")])
    (artifact,) = store.put_artifacts([data(data_type)])
    (execution,) = store.put_executions([mlmd.Execution(type_id=step_type)])
    store.put_attributions_and_associations(
        [mlmd.Attribution(artifact_id=artifact, context_id=child)],
        [mlmd.Association(execution_id=execution, context_id=child)],
    )
    store.put_parent_contexts([mlmd.ParentContext(parent_id=parent, child_id=child)])
    assert [one.id for one in store.get_artifacts_by_context(child)] == [artifact]
    assert [one.id for one in store.get_executions_by_context(child)] == [execution]
    assert [one.id for one in store.get_contexts_by_artifact(artifact)] == [child]
    assert [one.id for one in store.get_contexts_by_execution(execution)] == [child]
    assert [one.id for one in store.get_parent_contexts_by_context(child)] == [parent]
    assert [one.id for one in store.get_children_contexts_by_context(parent)] == [child]
    assert store.get_context_by_type_and_name(named("Run"), named("c")).id == child
    assert store.get_context_by_type_and_name(named("Run"), named("x")) is None


def test_an_execution_in_one_transaction(store, named, data_type, step_type, run_type):
    (read,) = store.put_artifacts([data(data_type, "read")])
    run = mlmd.Context(type_id=run_type, name=named("run"))
    execution = mlmd.Execution(type_id=step_type, properties={"rows": mlmd.Value(int_value=3)})
    path = mlmd.Event.Path(steps=[{"key": "examples"}, {"index": 0}])
    pairs = [
        (mlmd.Artifact(id=read, type_id=data_type, uri="read", state=LIVE), mlmd.Event(type=mlmd.Event.INPUT)),
        (data(data_type, "made"), mlmd.Event(type=mlmd.Event.OUTPUT, path=path)),
    ]
    made_by, artifacts, contexts = store.put_execution(execution, pairs, [run], reuse_context_if_already_exist=True)
    assert artifacts[0] == read
    again = store.put_execution(mlmd.Execution(type_id=step_type), [], [run], reuse_context_if_already_exist=True)
    assert again[2] == contexts
    events = store.get_events_by_execution_ids([made_by])
    assert {(one.artifact_id, one.type) for one in events} == {
        (read, mlmd.Event.INPUT),
        (artifacts[1], mlmd.Event.OUTPUT),
    }
    (event,) = store.get_events_by_artifact_ids([artifacts[1]])
    assert event.path == path


def test_a_transaction_that_fails_leaves_nothing(store, named, data_type, step_type):
    store.put_artifacts([data(data_type, name=named("taken"))])
    pairs = [(data(data_type, "fresh"), None), (data(data_type, "fresh", name=named("taken")), None)]
    with pytest.raises(errors.AlreadyExistsError):
        store.put_execution(mlmd.Execution(type_id=step_type), pairs, [])
    assert [one for one in store.get_artifacts_by_uri("fresh") if one.type_id == data_type] == []
    assert store.get_executions_by_type(named("Step")) == []


def test_lists_come_whole_in_order_and_filtered(store, named, data_type):
    things = [data(data_type, f"u{number}", properties={"span": mlmd.Value(int_value=number)}) for number in range(230)]
    ids = store.put_artifacts(things)
    assert sorted(one.id for one in store.get_artifacts_by_type(named("Data"))) == ids
    ours = f"type = '{named('Data')}'"
    newest = ListOptions(order_by=OrderByField.ID, is_asc=False, filter_query=ours)
    assert [one.id for one in store.get_artifacts(newest)] == ids[::-1]
    few = ListOptions(limit=7, order_by=OrderByField.ID, filter_query=f"{ours} AND properties.span.int_value >= 200")
    assert [one.id for one in store.get_artifacts(few)] == ids[200:207]
    with pytest.raises(errors.InvalidArgumentError):
        store.get_artifacts(ListOptions(filter_query="this is no query"))


def test_lineage_up_and_down(store, data_type, step_type):
    source, model = store.put_artifacts([data(data_type, "source"), data(data_type, "model")])
    (step,) = store.put_executions([mlmd.Execution(type_id=step_type)])
    store.put_events(
        [
            mlmd.Event(artifact_id=source, execution_id=step, type=mlmd.Event.INPUT),
            mlmd.Event(artifact_id=model, execution_id=step, type=mlmd.Event.OUTPUT),
        ]
    )
    options = mlmd.LineageSubgraphQueryOptions(
        starting_artifacts={"filter_query": f"id = {model}"},
        max_num_hops=2,
        direction=mlmd.LineageSubgraphQueryOptions.UPSTREAM,
    )
    graph = store.get_lineage_subgraph(options)
    assert {one.id for one in graph.artifacts} == {source, model}
    assert [one.id for one in graph.executions] == [step]
    assert len(graph.events) == 2


def test_a_subgraph_at_once(store, named, data_type, step_type, run_type):
    from ml_metadata.metadata_store.metadata_store import metadata_store_service_pb2 as service

    request = service.PutLineageSubgraphRequest(
        executions=[mlmd.Execution(type_id=step_type)],
        artifacts=[data(data_type, "a")],
        contexts=[mlmd.Context(type_id=run_type, name=named("run"))],
        event_edges=[{"execution_index": 0, "artifact_index": 0, "event": {"type": mlmd.Event.OUTPUT}}],
    )
    response = service.PutLineageSubgraphResponse()
    store._call("PutLineageSubgraph", request, response)
    assert [len(response.execution_ids), len(response.artifact_ids), len(response.context_ids)] == [1, 1, 1]


def test_numbers_that_no_database_holds_are_refused(store, data_type):
    thing = data(data_type)
    thing.custom_properties["loss"].double_value = float("nan")
    with pytest.raises(errors.InvalidArgumentError, match=r"is nan, which ML Metadata's databases cannot store"):
        store.put_artifacts([thing])
