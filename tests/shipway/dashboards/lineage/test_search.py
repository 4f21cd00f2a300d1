"""Searching artifacts: by any text, newest first, as the store is now, within a bound of memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shipway.dashboards.pages.artifacts.search.feed import ArtifactFeed
from shipway.dashboards.pages.artifacts.search.index import BLOCK, SearchIndex
from shipway.dashboards.pages.artifacts.search.results import ON_A_PAGE, Results, address, search_results
from shipway.dashboards.pages.artifacts.search.texts import Wanted, pipeline_in, searched_text
from shipway.lineage import ArtifactRecord, RecordedArtifact

SOON = 20.0


def artifact(number: int, **changes: Any) -> RecordedArtifact:
    one = RecordedArtifact(number, "Examples", f"/e/{number}", f"taxi:run-{number}:gen:examples:0", "LIVE", "", {}, 0)
    return replace(one, **changes)


def found(index: SearchIndex, text: str = "", **conditions: str) -> list[int]:
    return list(index.search(Wanted(text, **conditions)))


@pytest.fixture
def index() -> SearchIndex:
    made = SearchIndex(1 << 20)
    made.add([
        artifact(1, metadata={"span": 7, "note": "Größe <b>"}), artifact(2, digest="abcdef0123"),
        artifact(3, type_name="Model", state="DELETED", uri="/models/A'B\"C%_"), artifact(4, name="flights:r:t:k:0"),
    ])  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [4, 3, 2, 1]), ("SPAN=7", [1]), ("grösse", [1]), ("GRÖSSE <B>", [1]), ("abcdef", [2]), ("model", [3]),
        ("A'B\"C%_", [3]), ("%", [3]), ("run-2 gen", [2]), ("run-2 nothing", []), ("' OR 1=1 --", []), ("flights", [4]),
    ],
    ids=range(12),
)  # fmt: skip
def test_every_word_is_found_in_any_text(index: SearchIndex, text: str, ids: list[int]) -> None:
    assert found(index, text) == ids


def test_conditions(index: SearchIndex) -> None:
    assert found(index, type_name="Model") == found(index, state="DELETED") == [3]
    assert found(index, pipeline="flights") == [4]
    assert found(index, "e", pipeline="taxi", state="LIVE") == [2, 1]
    assert index.types == {"Examples": 3, "Model": 1}


def test_what_changes_is_found_as_it_is_now(index: SearchIndex) -> None:
    assert index.add([artifact(2, digest="abcdef0123")]) == 0
    assert index.add([artifact(2, state="DELETED", uri="/elsewhere")]) == 1
    assert (found(index, "/e/2"), found(index, "elsewhere", state="DELETED")) == ([], [2])
    assert len(index) == 4


def test_the_order_of_properties_is_no_change(index: SearchIndex) -> None:
    assert index.add([artifact(9, metadata={"a": 1, "b": 2})]) == 1
    assert index.add([artifact(9, metadata={"b": 2, "a": 1})]) == 0


def test_the_oldest_are_forgotten_where_memory_ends() -> None:
    small = SearchIndex(500_000)
    for first in range(1, 4 * BLOCK, 100):
        small.add([artifact(number) for number in range(first, first + 100)])
    assert small.size <= 500_000
    assert small.forgotten_below > 1
    ids = found(small)
    assert min(ids) == small.forgotten_below
    assert len(ids) == len(small)
    assert small.add([artifact(1)]) == 0


def test_texts_are_cut_and_names_read() -> None:
    long = artifact(1, metadata={"long": "x" * 10_000, "after": "needle"})
    assert len(searched_text(long)) < 5000
    assert b"needle" in searched_text(long)
    assert pipeline_in("a:b:run:task:key:0#2") == "a:b"
    assert pipeline_in("no name of ours") == ""


def test_addresses_of_pages() -> None:
    assert address(Wanted()) == "/artifacts"
    assert address(Wanted("a b&c", type_name="<i>"), 3) == "/artifacts?q=a+b%26c&type=%3Ci%3E&page=3"


@pytest.fixture
def feed(recorded_home: Any) -> ArtifactFeed:
    queries = recorded_home.queries
    return ArtifactFeed(lambda: queries, fresh_seconds=0)


def search(home: Any, feed: ArtifactFeed, text: str = "", page: int = 1, **conditions: str) -> Results:
    feed.current(SOON)
    return search_results(home.queries, feed, Wanted(text, **conditions), page)


def test_a_store_is_searched_as_it_is_now(three_runs: Any, feed: ArtifactFeed) -> None:
    assert [one.artifact.id for one in search(three_runs, feed, "run-2 trainer").lines] == [
        three_runs.id_of("run-2", "trainer", "model")
    ]
    before = search(three_runs, feed, type_name="PushedModel")
    assert [one.artifact.metadata["pushed_version"] for one in before.lines] == ["3", "2", "1"]
    three_runs.run("run-4", 4)
    three_runs.lineage.mark_deleted([three_runs.id_of("run-1", "trainer", "model")])
    assert search(three_runs, feed, "pusher").lines[0].artifact.metadata["pushed_version"] == "4"
    (deleted,) = search(three_runs, feed, state="DELETED").lines
    assert deleted.artifact.id == three_runs.id_of("run-1", "trainer", "model")
    assert deleted.made_by is not None
    assert deleted.made_by.execution.run_id == "run-1"


def test_an_id_comes_first(three_runs: Any, feed: ArtifactFeed) -> None:
    assert search(three_runs, feed, "2").lines[0].artifact.id == 2
    assert search(three_runs, feed, "987654321").lines == []
    assert all(one.artifact.type_name == "Model" for one in search(three_runs, feed, "2", type_name="Model").lines)


def test_pages(many_spans: Any, feed: ArtifactFeed) -> None:
    first = search(many_spans, feed)
    assert (len(first.lines), first.newer, first.older) == (ON_A_PAGE, "", "/artifacts?page=2")
    second = search(many_spans, feed, page=2)
    assert (len(second.lines), second.newer, second.older) == (1, "/artifacts", "")
    assert search(many_spans, feed, page=10**6).lines == []
    assert first.is_whole
    assert first.known == 51


def test_another_store_is_another_index(recorded_home: Any, tmp_path: Any) -> None:
    from shipway.lineage import Lineage

    stores = [Lineage.open(tmp_path / name / "metadata.db") for name in ("one", "two")]
    records = [ArtifactRecord("Model", "/first"), ArtifactRecord("Model", "/second")]
    for store, record in zip(stores, records, strict=True):
        recorded_home.lineage, kept = store, recorded_home.lineage
        recorded_home.task("run", "trainer", {}, {"model": record})
        recorded_home.lineage = kept
    current = [one.queries() for one in stores]
    feed = ArtifactFeed(lambda: current[0], fresh_seconds=0)
    for uri in ("/first", "/second"):
        index, is_whole = feed.current(SOON)
        assert is_whole
        assert found(index, uri) == [1]
        current.pop(0)
    for store in stores:
        store.close()


def test_a_store_that_fails_says_so(recorded_home: Any) -> None:
    from shipway.errors import EnvironmentFault

    class Broken:
        @property
        def service(self) -> Any:
            raise EnvironmentFault("The store is gone.")

    broken: Any = Broken()
    feed = ArtifactFeed(lambda: broken, fresh_seconds=0)
    with pytest.raises(EnvironmentFault, match="gone"):
        feed.current(SOON)
