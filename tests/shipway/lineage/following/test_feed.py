"""Following a store: everything once, then what is new or has changed."""

import sqlite3

import pytest

from shipway.lineage.following import Feed, StoreReplaced
from shipway.lineage.following.paging import last_changed


@pytest.fixture
def feed(lineage):
    return Feed(lineage.queries().service)


def attempts(feed):
    return [one for changes in feed.changes() for one in changes.attempts]


def seen(feed):
    return [(one.execution.id, one.execution.state) for one in attempts(feed)]


def test_an_empty_store(feed):
    assert attempts(feed) == []
    assert attempts(feed) == []


def test_everything_then_what_came(feed, make, record):
    first = make("run-1", "trainer", {"examples": [record("Examples", "/e")]}, {"model": [record("Model", "/m")]})
    assert seen(feed) == [(first, "COMPLETE")]
    second = make("run-1", "pusher", {"model": [record("Model", "/m")]})
    assert (second, "COMPLETE") in seen(feed)


def test_an_attempt_comes_with_what_it_made_and_took(feed, make, record):
    make("run-1", "example_gen", {}, {"examples": [record("Examples", "/e/1"), record("Examples", "/e/2")]})
    execution = make("run-1", "trainer", {"examples": [record("Examples", "/e/2")]}, {"model": [record("Model", "/m")]})
    made = {one.execution.id: one for one in attempts(feed)}[execution]
    assert [one.uri for one in made.execution.outputs["model"]] == ["/m"]
    assert made.input_ids == {"examples": [2]}


def test_an_attempt_that_failed_comes_with_its_evidence(feed, lineage, make, record):
    statistics = {"statistics": [record("ExampleStatistics", "/s")]}
    execution = lineage.begin(make.identity("run-1", "validator"), statistics, {}, "key")
    seen(feed)
    lineage.fail(execution, "It is odd.", {"anomalies": [record("ExampleAnomalies", "/a")]})
    made = {one.execution.id: one for one in attempts(feed)}[execution]
    assert made.execution.state == "FAILED"
    assert [(one.uri, one.state) for one in made.execution.outputs["anomalies"]] == [("/a", "ABANDONED")]
    assert made.input_ids == {"statistics": [1]}


def test_a_step_that_ends(feed, lineage, make):
    execution = lineage.begin(make.identity("run-1", "trainer"), {}, {}, "key")
    assert seen(feed) == [(execution, "RUNNING")]
    lineage.complete(execution, {}, {})
    assert (execution, "COMPLETE") in seen(feed)


def test_an_end_is_seen_even_where_its_clock_is_late(feed, lineage, make, store):
    execution = lineage.begin(make.identity("run-1", "trainer"), {}, {}, "key")
    seen(feed)
    lineage.complete(execution, {}, {})
    set_times(store, "Execution")
    make("run-1", "pusher")
    assert (execution, "COMPLETE") in seen(feed)


def test_what_was_told_is_not_told_again(feed, make):
    make("run-1", "trainer")
    seen(feed)
    seen(feed)
    assert seen(feed) == []


def test_a_deleted_artifact(feed, lineage, make, record):
    make("run-1", "trainer", {}, {"model": [record("Model", "/m")]})
    seen(feed)
    lineage.mark_deleted([1])
    altered = [one for changes in feed.changes() for one in changes.altered]
    assert [(one.id, one.state) for one in altered] == [(1, "DELETED")]


def test_ids_with_gaps(feed, make, store):
    make("run-1", "trainer")
    with sqlite3.connect(store) as database:
        database.execute("UPDATE sqlite_sequence SET seq = 2000 WHERE name = 'Execution'")
    database.close()
    last = make("run-1", "pusher")
    assert last == 2001
    assert [key for key, _ in seen(feed)] == [1, 2001]


def test_more_changes_of_one_millisecond_than_fit_a_page(lineage, make, record, store):
    make("run-1", "trainer", {}, {"model": [record("Model", f"/m/{n}") for n in range(350)]})
    set_times(store, "Artifact")
    listed = [one.id for one in last_changed(lineage.queries().service, "GetArtifacts", "artifacts")]
    assert sorted(listed) == list(range(1, 351))


def test_an_older_store_in_its_place(feed, lineage, make, store):
    make("run-1", "trainer")
    seen(feed)
    set_times(store, "Execution")
    with pytest.raises(StoreReplaced):
        seen(feed)


def test_a_look_that_breaks_off_is_made_good(feed, make):
    make("run-1", "trainer")
    broken = feed.changes()
    next(broken)
    broken.close()
    assert seen(feed) == [(1, "COMPLETE")]


def set_times(store, table):
    """As if everything had last changed at one moment, long ago."""
    with sqlite3.connect(store) as database:
        database.execute(f"UPDATE {table} SET last_update_time_since_epoch = 5")  # noqa: S608
    database.close()
