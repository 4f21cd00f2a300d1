"""Questions about data: what a pipeline has of a type, what was found out about rows, what things were made from."""

from __future__ import annotations

from typing import Any

from shipway.lineage import Lineage, TaskIdentity
from shipway.lineage.about_rows import USES_EACH_END, about_rows
from shipway.lineage.ingredients import ingredients_of
from shipway.lineage.newest_of_type import newest_of_pipeline, newest_of_type, newest_pipelines


def id_at(lineage: Lineage, uri: str) -> int:
    found = lineage.queries().artifact_by_uri(uri)
    assert found is not None
    return found.id


def test_artifacts_of_a_type_newest_first(make: Any, lineage: Lineage, record: Any) -> None:
    for number in range(250):
        make("run-1", f"gen-{number}", {}, {"examples": [record("Examples", f"/e{number}")]})
    make("run-1", "trainer", {"examples": [record("Examples", "/e5")]}, {"model": [record("Model", "/m")]})
    make("run-2", "gen", {}, {"examples": [record("Examples", "/other")]}, pipeline="flights")
    make("run-3", "evaluator", {"examples": [record("Examples", "/e7")]}, {}, pipeline="flights")
    service = lineage.queries().service
    newest = newest_of_type(service, "Examples", 220)
    assert [one.uri for one in newest] == ["/other", *(f"/e{number}" for number in range(249, 30, -1))]
    assert [one.uri for one in newest_of_type(service, "Examples", 2, newest[-1].id)] == ["/e30", "/e29"]
    own = newest_of_pipeline(service, "flights", "Examples", 9)
    assert own is not None
    assert [one.uri for one in own] == ["/other", "/e7"]
    older = newest_of_pipeline(service, "flights", "Examples", 9, own[0].id)
    assert older is not None
    assert [one.uri for one in older] == ["/e7"]
    assert newest_of_pipeline(service, "flights", "Schema", 9) == []
    assert newest_of_pipeline(service, "nobody", "Examples", 9) is None
    assert newest_of_type(service, "Schema", 9) == []
    assert newest_pipelines(service, 5)[0] == "flights"


def test_a_type_is_no_place_for_a_condition(make: Any, lineage: Lineage) -> None:
    make("run-1", "gen", {}, {}, pipeline="flights")
    assert newest_of_pipeline(lineage.queries().service, "flights", "x' OR '1'='1", 9) == []


def test_what_was_found_out_about_rows(make: Any, lineage: Lineage, record: Any) -> None:
    rows, unseen = record("Examples", "/e"), record("Examples", "/unseen")
    make("run-1", "example_gen", {}, {"examples": [rows], "more": [unseen]})
    transformed = {"post_transform_stats": [record("ExampleStatistics", "/p")]}
    for number in (1, 2):
        counted = record("ExampleStatistics", f"/s{number}")
        make(f"run-{number}", "statistics_gen", {"examples": [rows]}, {"statistics": [counted]})
        judged = {"statistics": [counted], "previous_statistics": [record("ExampleStatistics", "/s1")]}
        make(f"run-{number}", "example_validator", judged, {"anomalies": [record("ExampleAnomalies", f"/a{number}")]})
    make("run-3", "transform", {"examples": [rows]}, transformed)
    ids = [id_at(lineage, uri) for uri in ("/e", "/unseen")]
    found = about_rows(lineage.queries().service, ids)
    about = found[ids[0]]
    assert about.statistics is not None
    assert about.anomalies is not None
    assert (about.statistics.uri, about.anomalies.uri, about.failure) == ("/s2", "/a2", None)
    nothing = found[ids[1]]
    assert (nothing.statistics, nothing.anomalies, nothing.failure) == (None, None, None)


def test_a_validation_that_failed_after_all(make: Any, lineage: Lineage, record: Any) -> None:
    rows, counted = record("Examples", "/e"), record("ExampleStatistics", "/s")
    make("run-1", "statistics_gen", {"examples": [rows]}, {"statistics": [counted]})
    task = TaskIdentity("taxi", "run-1", "validator", "shipway_components.example_validator")
    lineage.fail(lineage.begin(task, {"statistics": [counted]}, {}, "key"), "It has anomalies.")
    failure = about_rows(lineage.queries().service, [id_at(lineage, "/e")])[id_at(lineage, "/e")].failure
    assert failure is not None
    assert (failure.error, failure.task) == ("It has anomalies.", "validator")
    again = TaskIdentity("taxi", "run-2", "validator", "shipway_components.example_validator")
    execution = lineage.begin(again, {"statistics": [counted]}, {}, "key")
    lineage.complete(execution, {"anomalies": [record("ExampleAnomalies", "/a")]}, {})
    about = about_rows(lineage.queries().service, [id_at(lineage, "/e")])[id_at(lineage, "/e")]
    assert about.failure is None
    assert about.anomalies is not None


def test_popular_rows_are_looked_at_from_both_ends(make: Any, lineage: Lineage, record: Any) -> None:
    rows = record("Examples", "/e")
    make("run-0", "statistics_gen", {"examples": [rows]}, {"statistics": [record("ExampleStatistics", "/s")]})
    for number in range(2 * USES_EACH_END):
        make(f"run-{number}", f"evaluator-{number}", {"examples": [rows]}, {})
    about = about_rows(lineage.queries().service, [id_at(lineage, "/e")])[id_at(lineage, "/e")]
    assert about.statistics is not None


def test_what_things_were_made_from(make: Any, lineage: Lineage, record: Any) -> None:
    first, second = record("ExampleStatistics", "/s1"), record("ExampleStatistics", "/s2")
    made = record("ExampleAnomalies", "/a")
    make("run-1", "example_validator", {"statistics": [second], "previous_statistics": [first]}, {"anomalies": [made]})
    make("run-2", "trainer", {"schema": [record("Schema", "/outside")]}, {})
    service = lineage.queries().service
    ids = [id_at(lineage, uri) for uri in ("/a", "/outside")]
    found = ingredients_of(service, ids)
    assert found.keys() == {ids[0]}
    assert {key: one.uri for key, one in found[ids[0]].taken.items()} == {
        "statistics": "/s2", "previous_statistics": "/s1",
    }  # fmt: skip
    assert (found[ids[0]].maker.key, found[ids[0]].maker.execution.run_id) == ("anomalies", "run-1")
