"""Lists of runs: home and lineage together, newest first, a page at a time, with an end to what is looked up."""

from __future__ import annotations

import os

import pytest

from shipway.dashboards.pages.runs.list_view import runs_page
from shipway.dashboards.runs.finding import Wanted, find_runs
from shipway.dashboards.runs.listing import Listings, newer
from shipway.dashboards.runs.newest import NewestArtifacts
from shipway.dashboards.runs.summaries import Budget, Summaries
from shipway.lineage import Lineage, LineageQueries
from shipway.runner.home import Home


@pytest.fixture
def listings(workshop):
    return Listings(workshop.home, workshop.queries)


@pytest.fixture
def summaries(workshop):
    return Summaries(workshop.home, workshop.queries)


def ids(runs):
    return [one.run_id for one in runs]


def fill(workshop, event, count, state="SUCCEEDED", pipeline="taxi"):
    for number in range(count):
        workshop.run(f"{pipeline}-{number}", [event.run_started, event.run_finished(state)], pipeline=pipeline)


def test_home_and_lineage_are_one_list(workshop, event, listings, record):
    fill(workshop, event, 2)
    workshop.record("taxi-1", "data", outputs={"rows": record("Examples", "/r")})
    workshop.record("elsewhere", "data", pipeline="flights")
    (workshop.home.runs / ".partial-x").mkdir()
    (workshop.home.runs / "a-file").touch()
    listing = listings.now()
    assert {(one.run_id, one.pipeline, one.in_home, one.in_lineage) for one in listing.runs} == {
        ("taxi-0", "taxi", True, False), ("taxi-1", "taxi", True, True), ("elsewhere", "flights", False, True),
    }  # fmt: skip
    assert ids(listing.by_pipeline["taxi"]) == ["taxi-1", "taxi-0"]
    assert listing.problems == []


def test_only_new_runs_are_read_again(workshop):
    workshop.record("r1", "data")
    workshop.record("r2", "data")
    known = newer(workshop.queries, [])
    workshop.record("r3", "data")
    again = newer(workshop.queries, known)
    assert ids(again) == ["r3", "r2", "r1"]
    assert again[1] is known[0]


def test_a_listing_stays_until_something_is_new(workshop, event, listings, monkeypatch):
    monkeypatch.setattr("shipway.dashboards.runs.listing.FRESH_SECONDS", -1.0)
    workshop.record("elsewhere", "data")
    fill(workshop, event, 1)
    before = listings.now()
    assert listings.now() is before
    workshop.record("later", "data")
    assert ids(listings.now().runs) == ["later", "elsewhere", "taxi-0"]
    workshop.run("another")
    assert "another" in ids(listings.now().runs)
    (workshop.home.runs / "another").rename(workshop.home.path / "gone")
    assert "another" not in ids(listings.now().runs)
    os.utime(workshop.home.runs / "taxi-0" / "request.json", (1, 1))
    before = listings.now()
    assert listings.now() is before


def test_another_store_in_the_same_place(workshop, tmp_path):
    workshop.record("r1", "data")
    known = newer(workshop.queries, [])
    with Lineage.open(tmp_path / "other.db") as other:
        assert newer(other.queries, known) == []


def test_a_home_without_a_store_and_one_without_runs(tmp_path):
    home = Home(tmp_path / "none")
    listing = Listings(home, lambda: LineageQueries.open(home.metadata_db)).now()
    assert (listing.runs, listing.problems) == ([], [])


def test_a_store_out_of_reach_leaves_the_home(workshop, event):
    fill(workshop, event, 1)
    workshop.home.metadata_db.with_name("broken.db").write_text("no database")
    listing = Listings(workshop.home, lambda: LineageQueries.open(workshop.home.path / "broken.db")).now()
    assert ids(listing.runs) == ["taxi-0"]
    assert "Lineage cannot be read" in listing.problems[0]


def test_pages_hold_when_runs_come_and_go(workshop, event, listings, summaries):
    fill(workshop, event, 7)
    listing = listings.now()
    first = find_runs(listing, summaries, Wanted(), limit=3)
    assert ids(first.runs) == ["taxi-6", "taxi-5", "taxi-4"]
    workshop.run("newest", [event.run_started])
    gone = workshop.home.runs / "taxi-4"
    gone.rename(workshop.home.path / "gone")
    later = Listings(workshop.home, workshop.queries).now()
    second = find_runs(later, summaries, Wanted(), first.older, limit=3)
    assert ids(second.runs) == ["taxi-3", "taxi-2", "taxi-1"]
    last = find_runs(later, summaries, Wanted(), second.older, limit=3)
    assert (ids(last.runs), last.older) == (["taxi-0"], "")


@pytest.mark.parametrize("before", ["", "x", "nan", ":", "1e999:x", "12", "\u0663:a"])
def test_places_that_are_none(workshop, event, listings, summaries, before):
    fill(workshop, event, 1)
    assert isinstance(find_runs(listings.now(), summaries, Wanted(), before).runs, list)


def test_by_state_pipeline_and_text(workshop, event, listings, summaries):
    fill(workshop, event, 2)
    fill(workshop, event, 2, "FAILED", "flights")
    listing = listings.now()

    def found(**wanted):
        return ids(find_runs(listing, summaries, Wanted(**wanted)).runs)

    assert found(state="FAILED") == ["flights-1", "flights-0"]
    assert found(pipeline="taxi") == ["taxi-1", "taxi-0"]
    assert found(text="IGHTS-1") == ["flights-1"]
    assert found(pipeline="taxi", state="FAILED") == []
    assert found(pipeline="no such") == []


def test_a_search_is_broken_off_and_goes_on_from_there(workshop, event, listings, summaries):
    fill(workshop, event, 6)
    listing = listings.now()
    wanted = Wanted(state="FAILED")
    found = find_runs(listing, summaries, wanted, budget=Budget(journals=4))
    assert (found.runs, found.looked_up) == ([], False)
    rest = find_runs(listing, summaries, wanted, found.older, budget=Budget(journals=4))
    assert (rest.runs, rest.older, rest.looked_up) == ([], "", True)


def test_a_summary_is_read_again_when_its_journal_changed(workshop, event, listings, summaries):
    fill(workshop, event, 1, "FAILED")
    (listed,) = listings.now().runs
    assert summaries.of(listed, Budget(journals=1)).state == "FAILED"
    assert summaries.of(listed, Budget(journals=0)).state == "FAILED"
    workshop.write("taxi-0", [event.run_started, event.run_finished("SUCCEEDED")])
    assert summaries.of(listed, Budget(journals=1)).state == "SUCCEEDED"


def test_what_was_not_looked_up_says_so(workshop, event, listings, summaries):
    fill(workshop, event, 1)
    (listed,) = listings.now().runs
    assert summaries.of(listed, Budget(journals=0)).state == "UNREAD"


def test_states_of_runs_elsewhere(workshop, listings, summaries):
    from shipway.lineage import TaskIdentity

    workshop.record("good", "data")
    execution = workshop.lineage.begin(TaskIdentity("taxi", "bad", "data", "s"), {}, {}, "k")
    workshop.lineage.fail(execution, "no data")
    workshop.lineage.begin(TaskIdentity("taxi", "going", "data", "s"), {}, {}, "k")
    found = {one.run_id: summaries.of(one, Budget()) for one in listings.now().runs}
    assert {run_id: one.state for run_id, one in found.items()} == {
        "good": "SUCCEEDED", "bad": "FAILED", "going": "RUNNING",
    }  # fmt: skip
    assert not found["good"].in_home


@pytest.mark.parametrize(
    ("metadata", "spans"),
    [
        ({"spans": "[1, 2, 3]"}, "1-3"),
        ({"spans": "[1, 3]"}, "1, 3"),
        ({"span": 4}, "4"),
        ({"spans": "[]", "span": 2}, "2"),
        ({}, ""),
        ({"spans": "[1, 5, 9999999999999]"}, "1, 5, 9999999999999"),
        ({"spans": "\u00b2, \u00b3, \u00b9"}, "\u00b2, \u00b3, \u00b9"),
    ],
    ids=["range", "gaps", "one", "empty", "none", "far", "odd"],
)
def test_spans_and_model_of_a_run(workshop, event, listings, summaries, record, metadata, spans):
    examples = event.artifact("Examples", "/rows", **metadata)
    model = event.artifact("Model", "/model")
    outputs = {"parameters": {}, "artifacts": {"examples": [examples], "model": [model]}}
    workshop.run("r1", [event.run_started, event.ended("all", outputs=outputs), event.run_finished("SUCCEEDED")])
    workshop.record("r1", "all", outputs={"model": record("Model", "/model")})
    (listed,) = listings.now().runs
    summary = summaries.of(listed, Budget())
    assert summary.spans == spans
    assert summary.model.id is None
    artifacts = NewestArtifacts(workshop.queries)
    artifacts.may_look_up(0)
    assert artifacts.of(summary).model.id is None
    artifacts.may_look_up(1)
    assert artifacts.of(summary).model.id == 1
    assert artifacts.of(summary).model.id == 1


def test_the_page_keeps_its_filter_in_its_addresses(workshop, event, listings, summaries):
    fill(workshop, event, 31)
    page = runs_page(listings.now(), summaries, Wanted("taxi", "SUCCEEDED", "a&b=c"), "")
    assert page.runs == []
    page = runs_page(listings.now(), summaries, Wanted("taxi", "SUCCEEDED", "tax"), "")
    assert page.older.startswith("/runs?pipeline=taxi&state=SUCCEEDED&q=tax&before=")
    assert page.newest == ""
    assert len(page.runs) == 30
