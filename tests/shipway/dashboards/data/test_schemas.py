"""The schema of a pipeline, and its history."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.dashboards.pages.data.schemas import differences, history, view
from shipway.dashboards.pages.data.schemas.view import Asked, NoSchema, schema_page


def page_of(spans, **asked):
    return schema_page(spans.data.queries, spans.data.home, "trips", Asked(**asked))


def schema_of(*names):
    schema = schema_pb2.Schema(default_environment=["TRAINING", "SERVING"])
    for name in names:
        schema.feature.add(name=name, type=schema_pb2.FLOAT)
    return schema


def test_the_schema_now_and_its_history(three_spans):
    page = page_of(three_spans)
    assert page.problems == []
    assert page.is_newest
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.schemas]
    assert [line.version.newest.id for line in page.history] == [ids[2], ids[0]]
    newest, first = page.history
    assert (newest.version.curated_from, first.version.curated_from) == ("curated.pbtxt", "")
    assert first.changes is None
    told = {change.feature: change.text for change in newest.changes}
    assert told["fare"] == "drift: Jensen-Shannon up to 0.01 -> Jensen-Shannon up to 0.03"
    fare = next(one for one in page.features if one.name == "fare")
    assert (fare.facts["type"], fare.facts["presence"]) == ("FLOAT", "required")
    assert page.columns == ["type", "presence", "values", "domain", "drift"]


def test_one_version_and_its_difference(three_spans):
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.schemas]
    page = page_of(three_spans, version=str(ids[0]))
    assert not page.is_newest
    assert page.shown.version.newest.id == ids[0]
    with pytest.raises(NoSchema):
        page_of(three_spans, version=str(three_spans.data.id_of(three_spans.recorded.examples[0])))


def test_features_are_found_by_words(three_spans):
    assert [one.name for one in page_of(three_spans, find="FA re").features] == ["fare"]


def test_what_is_the_same_is_one_version(data_home, monkeypatch):
    monkeypatch.setattr(view, "VERSIONS_A_PAGE", 2)
    for run, names in enumerate(("a", "a", "ab", "ab", "ab", "a", "abc", "abc")):
        data_home.schema(f"r{run}", schema_of(*names))
    asked = Asked()
    page = schema_page(data_home.queries, data_home.home, "trips", asked)
    assert page.environments == ["TRAINING", "SERVING"]
    assert [line.version.count for line in page.history] == [2, 1]
    assert [[change.feature for change in line.changes] for line in page.history] == [["b", "c"], ["b"]]
    assert page.history[1].changes[0].text == "is gone"
    older = schema_page(data_home.queries, data_home.home, "trips", Asked(before=int(page.older.rpartition("=")[2])))
    assert [line.version.count for line in older.history] == [3, 2]
    assert [line.changes and [one.feature for one in line.changes] for line in older.history] == [["b"], None]
    assert (older.older, older.newest) == ("", "/data/pipeline/trips/schema")
    first = older.history[0].version.newest.id
    alone = schema_page(data_home.queries, data_home.home, "trips", Asked(version=str(first)))
    assert [change.feature for change in alone.shown.changes] == ["b"]


def test_a_history_is_read_in_parts(data_home, monkeypatch):
    monkeypatch.setattr(history, "READ_AT_ONCE", 2)
    monkeypatch.setattr(history, "READ_AT_MOST", 4)
    for run in range(7):
        data_home.schema(f"r{run}", schema_of("a"))
    page = schema_page(data_home.queries, data_home.home, "trips", Asked())
    assert [line.version.count for line in page.history] == [4]
    assert page.older.endswith("before=4")


def test_what_a_transform_puts_out_is_another_history(data_home):
    known = data_home.schema("r1", schema_of("a"))
    folder = data_home.folder("r1", "transform", "post_transform_schema")
    (folder / "schema.pbtxt").write_text('feature { name: "scaled" }')
    made = data_home.record("Schema", folder)
    data_home.task("r1", "transform", {"schema": known}, {"post_transform_schema": made})
    page = schema_page(data_home.queries, data_home.home, "trips", Asked())
    assert page.outputs == ["schema", "post_transform_schema"]
    assert [one.name for one in page.features] == ["a"]
    other = schema_page(data_home.queries, data_home.home, "trips", Asked(output="post_transform_schema"))
    assert [one.name for one in other.features] == ["scaled"]


@pytest.mark.parametrize("content", [None, "feature { na", "x" * 100])
def test_files_that_are_gone_damaged_or_too_large_are_named(own_spans, monkeypatch, content):
    file = Path(own_spans.recorded.schemas[0].uri) / "schema.pbtxt"
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    page = page_of(own_spans)
    assert [str(file) in problem for problem in page.problems] == [True]
    assert page.features
    assert page.history[0].changes is None


def test_no_schema_at_all(data_home):
    data_home.examples("r1", 1, {"train": 1})
    page = schema_page(data_home.queries, data_home.home, "trips", Asked())
    assert (page.shown, page.history, page.features) == (None, [], [])


def test_large_schemas_are_compared_one_by_one(data_home, monkeypatch):
    monkeypatch.setattr(differences, "COMPARED_BYTES", 200)
    for run, names in enumerate(("a", "ab", "abc")):
        data_home.schema(f"r{run}", schema_of(*names))
    page = schema_page(data_home.queries, data_home.home, "trips", Asked())
    assert [line.is_unread for line in page.history] == [False, True, False]
    second = str(page.history[1].version.newest.id)
    alone = schema_page(data_home.queries, data_home.home, "trips", Asked(version=second))
    assert [change.feature for change in alone.shown.changes] == ["b"]
