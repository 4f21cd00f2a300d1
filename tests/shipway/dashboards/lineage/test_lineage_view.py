"""The lineage page's view: what is drawn, what is listed, and where a click leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shipway.dashboards.pages.lineage import view
from shipway.dashboards.pages.lineage.asked import DEEPEST, DEPTH, OPENED_AT_MOST, Asked
from shipway.dashboards.pages.lineage.picture import cut
from shipway.dashboards.pages.lineage.view import DRAWN_AT_MOST, LineagePage, anchor, lineage_page
from shipway.lineage import ArtifactRecord, RecordedArtifact
from shipway.lineage.neighbourhood import Neighbourhood
from shipway.lineage.records import LineageEdge, LineageGraph, RecordedExecution


def page(home: Any, run: str, task: str, key: str, **asked: Any) -> LineagePage:
    number = home.id_of(run, task, key)
    artifact = home.queries.artifact(number)
    return lineage_page(home.queries, artifact, Asked(number, **asked))


def titles(shown: LineagePage) -> set[str]:
    return {row.label.title for row in shown.rows}


def test_artifacts_and_steps_up_and_down(three_runs: Any) -> None:
    shown = page(three_runs, "run-2", "trainer", "model")
    model = three_runs.id_of("run-2", "trainer", "model")
    assert shown.picture is not None
    assert len(shown.picture.boxes) == len(shown.rows) == shown.vertices == shown.artifacts + shown.executions
    assert {"trainer", "example_gen", "evaluator", "pusher", f"Model {model}"} <= titles(shown)
    (root,) = [row for row in shown.rows if row.is_root]
    assert root.label.title == f"Model {model}"
    assert [title for title, _ in root.before] == ["trainer"]
    assert [title for title, _ in root.after] == ["evaluator", "pusher", "evaluator"]
    kinds = {box.title: box.kind for box in shown.picture.boxes}
    assert (kinds["trainer"], kinds[f"Model {model}"]) == ("execution", "artifact")
    up = page(three_runs, "run-2", "trainer", "model", direction="up")
    assert "pusher" not in titles(up)


def test_the_order_of_the_table_is_that_of_the_data(three_runs: Any) -> None:
    rows = page(three_runs, "run-3", "pusher", "pushed_model", direction="up", depth=10).rows
    place = {row.anchor: number for number, row in enumerate(rows)}
    assert all(place[at] < place[row.anchor] for row in rows for _, at in row.before)


def test_fifty_spans_are_one_box_that_opens(many_spans: Any) -> None:
    shown = page(many_spans, "train", "trainer", "model")
    assert shown.level == "alike"
    assert titles(shown) >= {"50 Examples", "50 steps example_gen", "trainer"}
    (spans,) = [row for row in shown.rows if row.label.title == "50 Examples"]
    assert (spans.label.what, spans.way_word) == ("50 artifacts", "open")
    assert spans.label.detail == "span 0 … span 49"
    opened = page(
        many_spans, "train", "trainer", "model", opened=shown.asked.opened | {f"alike:a{spans_first(many_spans)}"}
    )
    assert sum(row.label.title.startswith("Examples ") for row in opened.rows) == 50
    assert "50 steps example_gen" in titles(opened)


def spans_first(home: Any) -> int:
    return int(home.id_of("span-0", "example_gen", "examples"))


def test_what_is_found_is_marked_and_not_folded(many_spans: Any) -> None:
    shown = page(many_spans, "train", "trainer", "model", find="SPAN-7/ examples")
    assert shown.found == 1
    (found,) = [row for row in shown.rows if row.is_found]
    assert found.label.title == f"Examples {many_spans.id_of('span-7', 'example_gen', 'examples')}"
    assert "49 Examples" in titles(shown)
    assert page(many_spans, "train", "trainer", "model", find="no such text").found == 0


def test_what_came_from_the_cache_is_marked_and_followed_to_its_maker(three_runs: Any) -> None:
    shown = page(three_runs, "run-1", "schema_gen", "schema")
    assert shown.picture is not None
    up = page(three_runs, "run-3", "trainer", "model", direction="up", depth=10)
    makers = [row.label for row in up.rows if row.label.title == "schema_gen"]
    assert [one.detail for one in makers] == ["run-1"]
    down = page(three_runs, "run-2", "example_gen", "examples", direction="down", depth=1)
    cached = [row.label for row in down.rows if row.label.title == "schema_gen"]
    assert [(one.state, one.detail) for one in cached] == [("CACHED", "from the cache, run-2")]


def test_a_deleted_artifact_says_so(three_runs: Any) -> None:
    three_runs.lineage.mark_deleted([three_runs.id_of("run-1", "trainer", "model")])
    shown = page(three_runs, "run-1", "evaluator", "blessing", direction="up")
    (row,) = [row for row in shown.rows if row.label.title.startswith("Model ")]
    assert (row.label.state, row.label.detail) == ("DELETED", "deleted")


def test_a_popular_artifact_says_what_it_leaves_out(recorded_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = recorded_home.artifact("run-0", "schema_gen", "schema", "Schema")
    for number in range(30):
        recorded_home.task(
            f"run-{number}", "trainer", {"schema": schema}, {"model": ArtifactRecord("Model", f"/m{number}")}
        )
    monkeypatch.setattr(view, "MOST", 21)
    shown = page(recorded_home, "run-0", "schema_gen", "schema", fold="none")
    assert shown.left_out == 20
    (root,) = [row for row in shown.rows if row.is_root]
    assert root.label.detail == "20 more uses"


def around(length: int) -> Neighbourhood:
    """One execution that took `length` artifacts, each of another type."""
    kinds = [f"Kind{number}" for number in range(length)]
    artifacts = {n: RecordedArtifact(n, kind, f"/{n}", "", "LIVE", "", {}, 0) for n, kind in enumerate(kinds, 1)}
    step = RecordedExecution(1, "p", "r", "t", "s", "COMPLETE", "", "", {}, {}, 0, 0)
    edges = [LineageEdge(1, number, "in", False) for number in artifacts]
    return Neighbourhood(LineageGraph(1, artifacts, {1: step}, edges), {}, {}, {})


def test_what_cannot_be_read_is_not_drawn() -> None:
    from shipway.dashboards.pages.lineage.view import page_of

    many = around(DRAWN_AT_MOST)
    shown = page_of(many.graph.artifacts[1], Asked(1, fold="none"), many)
    assert shown.picture is None
    assert len(shown.rows) == DRAWN_AT_MOST + 1
    few = around(DRAWN_AT_MOST - 1)
    assert page_of(few.graph.artifacts[1], Asked(1, fold="none"), few).picture is not None


def test_an_address_says_everything_and_mistakes_nothing() -> None:
    asked = Asked.of(7, "up", "3", "runs", " a&b ", ["run:<x>", "alike:a1"])
    assert asked.address() == "/lineage/7?direction=up&depth=3&fold=runs&find=a%26b&open=alike%3Aa1&open=run%3A%3Cx%3E"
    assert Asked.of(7, "sideways", "-1", "origami", "", ()) == Asked(7)
    assert Asked(7).address() == "/lineage/7"
    assert Asked.of(7, "", "99999", "", "", ()).depth == DEEPEST
    assert Asked.of(7, "", "٣", "", "", ()).depth == DEPTH
    assert len(Asked.of(7, "", "", "", "", [f"run:{n}" for n in range(100)] + ["x" * 500]).opened) == OPENED_AT_MOST
    assert (
        replace(asked, opened=frozenset()).address(artifact_id=8, find="")
        == "/lineage/8?direction=up&depth=3&fold=runs"
    )


def test_texts_in_boxes_are_cut_and_anchors_are_safe() -> None:
    assert cut("a\nb  c", 10) == "a b c"
    assert cut("x" * 10_000, 5) == "xxxx…"
    assert anchor("a7") == "at-a7"
    assert anchor('run:"<>') == "at-" + b'run:"<>'.hex()
