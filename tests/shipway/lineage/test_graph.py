"""Up and down the lineage: sharing, cached results, Resolvers, and graphs of hundreds of nodes."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.lineage import Lineage


@pytest.fixture
def two_runs(make: Any, record: Any) -> Any:
    """Run 1 trains on /e1 with a shared schema; run 2 on /e2, resolves run 1's model and evaluates against it."""
    schema = record("Schema", "/schema")
    for number in (1, 2):
        examples, model = record("Examples", f"/e{number}"), record("Model", f"/m{number}")
        make(f"run-{number}", "example_gen", {}, {"examples": [examples]})
        make(f"run-{number}", "trainer", {"examples": [examples], "schema": [schema]}, {"model": [model]})
    make("run-2", "resolver", {"candidate": [record("Model", "/m2")]}, {"model": [record("Model", "/m1")]})
    judged = {"model": [record("Model", "/m2")], "baseline_model": [record("Model", "/m1")]}
    make("run-2", "evaluator", judged, {"blessing": [record("ModelBlessing", "/b2", blessed=1)]})
    pushed = {"model": [record("Model", "/m2")], "model_blessing": [record("ModelBlessing", "/b2")]}
    make("run-2", "pusher", pushed, {"pushed_model": [record("PushedModel", "/p2")]})
    return make


def uris(graph: Any) -> set[str]:
    return {artifact.uri for artifact in graph.artifacts.values()}


def id_at(lineage: Lineage, uri: str) -> int:
    found = lineage.queries().artifact_by_uri(uri)
    assert found is not None
    return found.id


def test_upstream_reaches_the_data(two_runs: Any, lineage: Lineage) -> None:
    graph = lineage.queries().upstream(id_at(lineage, "/p2"))
    assert uris(graph) == {"/p2", "/b2", "/m2", "/m1", "/e2", "/e1", "/schema"}
    (pusher,) = graph.producers_of(graph.root)
    assert sorted(one.uri for one in graph.inputs_of(pusher.id)) == ["/b2", "/m2"]
    assert len(graph.artifacts) == len({one.uri for one in graph.artifacts.values()})


def test_depth_bounds_the_walk(two_runs: Any, lineage: Lineage) -> None:
    queries = lineage.queries()
    assert uris(queries.upstream(id_at(lineage, "/p2"), depth=1)) == {"/p2", "/b2", "/m2"}
    assert uris(queries.downstream(id_at(lineage, "/e1"), depth=1)) == {"/e1", "/m1"}
    assert uris(queries.downstream(id_at(lineage, "/e1"), depth=0)) == {"/e1"}


def test_downstream_follows_what_was_made(two_runs: Any, lineage: Lineage) -> None:
    graph = lineage.queries().downstream(id_at(lineage, "/e1"))
    assert uris(graph) == {"/e1", "/m1", "/b2", "/p2"}


def test_a_resolver_does_not_make_what_it_finds(two_runs: Any, lineage: Lineage) -> None:
    queries = lineage.queries()
    assert [one.uri for one in queries.models_that_saw(id_at(lineage, "/e2"))] == ["/m2"]
    (maker,) = queries.upstream(id_at(lineage, "/m1")).producers_of(id_at(lineage, "/m1"))
    assert (maker.run_id, maker.task) == ("run-1", "trainer")


def test_models_that_saw_a_shared_artifact(two_runs: Any, lineage: Lineage) -> None:
    saw = lineage.queries().models_that_saw(id_at(lineage, "/schema"))
    assert [one.uri for one in saw] == ["/m1", "/m2"]


def test_cached_executions_count_downstream_and_not_as_makers(two_runs: Any, lineage: Lineage, record: Any) -> None:
    queries = lineage.queries()
    same_rows = record("Examples", "/e1-again")
    two_runs.cached("run-3", "trainer", {"examples": [same_rows]}, {"model": [record("Model", "/m1")]})
    assert [one.uri for one in queries.models_that_saw(id_at(lineage, "/e1-again"))] == ["/m1"]
    up = queries.upstream(id_at(lineage, "/m1"))
    assert "/e1-again" not in uris(up)
    assert [one.state for one in up.producers_of(up.root)] == ["COMPLETE", "CACHED"]


def test_pushed_models_protect_all_they_depend_on(two_runs: Any, lineage: Lineage, record: Any) -> None:
    two_runs("run-9", "trainer", {"examples": [record("Examples", "/e9")]}, {"model": [record("Model", "/m9")]})
    two_runs.cached(
        "run-3", "trainer", {"examples": [record("Examples", "/e1-again")]}, {"model": [record("Model", "/m1")]}
    )
    queries = lineage.queries()
    protected = queries.artifacts_protected_by_pushed_models()
    assert protected == {"/p2", "/b2", "/m2", "/m1", "/e2", "/e1", "/e1-again", "/schema"}
    lineage.mark_deleted([id_at(lineage, "/p2")])
    assert queries.artifacts_protected_by_pushed_models() == set()


def test_hundreds_of_nodes_deep_and_wide(make: Any, lineage: Lineage, record: Any) -> None:
    previous = record("Model", "/m0")
    make("run-0", "trainer", {}, {"model": [previous]})
    for number in range(1, 160):
        examples, model = record("Examples", f"/e{number}"), record("Model", f"/m{number}")
        make(f"run-{number}", "trainer", {"examples": [examples], "base_model": [previous]}, {"model": [model]})
        previous = model
    queries = lineage.queries()
    up = queries.upstream(id_at(lineage, "/m159"))
    assert len(up.artifacts) == 160 + 159
    assert len(up.executions) == 160
    assert len(queries.models_that_saw(id_at(lineage, "/m0"))) == 159


def test_an_unknown_artifact_is_a_key_error(lineage: Lineage) -> None:
    with pytest.raises(KeyError):
        lineage.queries().upstream(12)
