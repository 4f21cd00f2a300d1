"""Spans in lists, and what was found out about each."""

from __future__ import annotations

import pytest

from shipway.dashboards.pages.data import overview
from shipway.dashboards.pages.data.overview import NoSuchPipeline, data_page, pipeline_page


def test_the_newest_span_comes_first(three_spans):
    page = data_page(three_spans.data.queries, None)
    (trips,) = page.pipelines
    assert trips.name == "trips"
    assert [line.span for line in trips.lines] == ["2", "1", "0"]
    newest = trips.lines[0]
    assert newest.rows == [("train", 400), ("eval", 200)]
    assert (newest.version, newest.run_id) == ("1", "trips-2")
    assert newest.about.statistics.id == three_spans.data.id_of(three_spans.recorded.statistics[2])
    assert newest.anomalies > 0
    assert trips.lines[2].anomalies == 0
    assert (page.newest, page.older, page.others) == ("", "", [])


def test_a_validation_that_stopped_its_run_is_told(own_spans):
    judged = {"statistics": own_spans.recorded.statistics[0]}
    own_spans.data.task("trips-0", "example-validator", judged, {}, failure="The data has anomalies.")
    newest, first = data_page(own_spans.data.queries, None).pipelines[0].lines
    assert first.about.failure.error == "The data has anomalies."
    assert newest.about.failure is None


def test_what_a_transform_or_a_resolver_puts_out_is_no_span(data_home):
    rows = data_home.examples("r1", 1, {"train": 5})
    folder = data_home.folder("r1", "transform", "transformed_examples")
    again = data_home.record("Examples", folder, digest="t", span=1)
    counted = data_home.record(
        "ExampleStatistics", data_home.folder("r1", "transform", "post_transform_stats"), digest="s", span=1
    )
    data_home.task(
        "r1", "transform", {"examples": rows}, {"transformed_examples": again, "post_transform_stats": counted}
    )
    nothing = data_home.record("Examples", data_home.folder("r1", "resolver", "examples"), digest="n", resolved=0)
    data_home.task("r1", "resolver", {}, {"examples": nothing})
    (pipeline,) = data_page(data_home.queries, None).pipelines
    assert [line.artifact.uri for line in pipeline.lines] == [rows.uri]
    assert pipeline.lines[0].about.statistics is None
    assert pipeline.lines[0].anomalies is None


def test_pages_of_spans(data_home, monkeypatch):
    monkeypatch.setattr(overview, "READ", 4)
    monkeypatch.setattr(overview, "READ_OF_PIPELINE", 4)
    for span in range(10):
        data_home.examples(f"r{span}", span, {"train": span + 1})
    data_home.pipeline = "other"
    data_home.examples("o1", 77, {"train": 1})
    first = data_page(data_home.queries, None)
    assert [one.name for one in first.pipelines] == ["other", "trips"]
    before = int(first.older.rpartition("=")[2])
    second = data_page(data_home.queries, before)
    assert [line.span for line in second.pipelines[0].lines] == ["6", "5", "4", "3"]
    assert (second.others, second.newest) == (["other"], "/data")
    whole = pipeline_page(data_home.queries, "trips", None)
    assert [line.span for line in whole.lines] == ["9", "8", "7", "6"]
    rest = pipeline_page(data_home.queries, "trips", 2)
    assert ([line.span for line in rest.lines], rest.older) == (["0"], "")
    assert rest.newest == "/data/pipeline/trips"


def test_many_spans_of_one_pipeline_are_cut_in_the_overview(data_home):
    for span in range(overview.LINES_A_PIPELINE + 2):
        data_home.examples(f"r{span}", span, {"train": 1})
    (pipeline,) = data_page(data_home.queries, None).pipelines
    assert len(pipeline.lines) == overview.LINES_A_PIPELINE
    assert pipeline.has_more


def test_an_unknown_pipeline(three_spans):
    with pytest.raises(NoSuchPipeline, match="'nobody'"):
        pipeline_page(three_spans.data.queries, "nobody", None)
