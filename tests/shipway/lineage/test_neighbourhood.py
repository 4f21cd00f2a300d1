"""What lies around an artifact: both ways, bounded, and followed to where it really came from."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.lineage import Lineage
from shipway.lineage.neighbourhood import Neighbourhood, neighbourhood


def id_at(lineage: Lineage, uri: str) -> int:
    found = lineage.queries().artifact_by_uri(uri)
    assert found is not None
    return found.id


def around(
    lineage: Lineage, uri: str, most: int = 1000, depth: int | None = None, ways: str = "up down"
) -> Neighbourhood:
    service = lineage.queries().service
    return neighbourhood(service, id_at(lineage, uri), up="up" in ways, down="down" in ways, depth=depth, most=most)


def uris(found: Neighbourhood) -> set[str]:
    return {one.uri for one in found.graph.artifacts.values()}


@pytest.fixture
def history(make: Any, record: Any) -> Any:
    """Three runs with their own rows and models and a schema of all; each model is judged against the one before."""
    schema = record("Schema", "/schema")
    for number in (1, 2, 3):
        rows, model = record("Examples", f"/e{number}"), record("Model", f"/m{number}")
        make(f"run-{number}", "example_gen", {}, {"examples": [rows]})
        make(f"run-{number}", "trainer", {"examples": [rows], "schema": [schema]}, {"model": [model]})
        judged = {"model": [model], "baseline_model": [record("Model", f"/m{number - 1}")] if number > 1 else []}
        make(f"run-{number}", "evaluator", judged, {"blessing": [record("ModelBlessing", f"/b{number}", blessed=1)]})
    return make


def test_it_is_what_the_two_walks_find(history: Any, lineage: Lineage) -> None:
    queries = lineage.queries()
    for uri in ("/e1", "/m2", "/schema", "/b3"):
        up, down = queries.upstream(id_at(lineage, uri)), queries.downstream(id_at(lineage, uri))
        found = around(lineage, uri).graph
        assert found.artifacts.keys() == up.artifacts.keys() | down.artifacts.keys()
        assert found.executions.keys() == up.executions.keys() | down.executions.keys()
        assert set(found.edges) == {*up.edges, *down.edges}


def test_depth_and_direction(history: Any, lineage: Lineage) -> None:
    assert uris(around(lineage, "/m2", depth=1)) == {"/m2", "/e2", "/schema", "/b2", "/b3"}
    assert uris(around(lineage, "/m2", ways="up")) == {"/m2", "/e2", "/schema"}
    assert uris(around(lineage, "/m2", ways="down")) == {"/m2", "/b2", "/b3"}
    assert uris(around(lineage, "/m2", depth=0)) == {"/m2"}


def test_a_cached_result_is_followed_to_its_maker(history: Any, lineage: Lineage, record: Any) -> None:
    history.cached(
        "run-4", "trainer", {"examples": [record("Examples", "/again")]}, {"model": [record("Model", "/m1")]}
    )
    up = around(lineage, "/m1", ways="up")
    assert uris(up) == {"/m1", "/e1", "/schema"}
    assert up.again == {id_at(lineage, "/m1"): 1}
    down = around(lineage, "/again", ways="down")
    assert "/m1" in uris(down)
    assert "CACHED" in {one.state for one in down.graph.executions.values()}


def test_a_resolver_passes_on_and_makes_nothing(history: Any, lineage: Lineage, record: Any) -> None:
    history("run-5", "resolver", {"candidate": [record("Model", "/m3")]}, {"model": [record("Model", "/m1")]})
    assert "/m1" not in uris(around(lineage, "/m3", ways="down"))


def test_a_popular_artifact_has_an_end(make: Any, lineage: Lineage, record: Any) -> None:
    schema = record("Schema", "/schema")
    for number in range(30):
        make(f"run-{number}", "trainer", {"schema": [schema]}, {"model": [record("Model", f"/m{number}")]})
    found = around(lineage, "/schema", most=21)
    assert not found.is_whole
    assert len(found.graph.artifacts) + len(found.graph.executions) <= 21
    assert len(found.graph.executions) + found.unfollowed[found.graph.root] == 30
    assert {one.run_id for one in found.graph.executions.values()} == {f"run-{number}" for number in range(20, 30)}
    whole = around(lineage, "/schema")
    assert whole.is_whole
    assert len(whole.graph.executions) == 30


def test_an_execution_of_many_artifacts_has_an_end(make: Any, lineage: Lineage, record: Any) -> None:
    make(
        "run",
        "merge",
        {"spans": [record("Examples", f"/e{n}") for n in range(40)]},
        {"all": [record("Examples", "/all")]},
    )
    found = around(lineage, "/all", most=12)
    assert len(found.graph.artifacts) + len(found.graph.executions) <= 12
    (untaken,) = found.untaken.values()
    assert untaken == 40 - (len(found.graph.artifacts) - 1)


def test_an_unknown_id(lineage: Lineage) -> None:
    with pytest.raises(KeyError):
        neighbourhood(lineage.queries().service, 7, up=True, down=True, depth=None, most=10)
