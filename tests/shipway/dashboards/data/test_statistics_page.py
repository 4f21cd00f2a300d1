"""The page of statistics over real ones: what it shows, in which order, and what of it goes into an address."""

from __future__ import annotations

import re
import sys

import pytest

from shipway.dashboards.pages.artifacts.view import NoSuchArtifact, recorded
from shipway.dashboards.pages.data.statistics import view
from shipway.dashboards.pages.data.statistics.asked import Asked
from shipway.dashboards.pages.data.statistics.view import statistics_page


def page_of(spans, record=None, **asked):
    data = spans.data
    artifact = recorded(data.queries, str(data.id_of(record or spans.recorded.statistics[-1])))
    return statistics_page(data.queries, data.home, artifact, Asked.of(asked))


def rows(page):
    return {row.name: row for table in page.tables for row in table.rows}


def cells(page, name):
    table = next(table for table in page.tables if name in [row.name for row in table.rows])
    row = rows(page)[name]
    return dict(zip(table.headings, [cell.text for cell in row.here], strict=True))


def test_every_kind_has_its_table(three_spans):
    page = page_of(three_spans)
    assert page.problems == []
    assert [table.kind for table in page.tables] == ["numeric", "categorical", "bytes", "struct", "other"]
    assert page.features == page.found == 18
    assert page.here.split == "train"
    assert page.pipeline == "trips"
    assert page.examples.id == three_spans.data.id_of(three_spans.recorded.examples[-1])


def test_the_numbers_are_those_of_the_rows(three_spans):
    page = page_of(three_spans)
    hour = cells(page, "hour")
    assert (hour["Count"], hour["Missing"], hour["Min"], hour["Max"]) == ("400", "0 %", "0", "23")
    assert cells(page, "always")["Std dev"] == "0"
    tips = cells(page, "tips")
    missing = 400 - int(tips["Count"])
    assert tips["Missing"] == f"{100 * missing / 400:.4g} %"
    paid = cells(page, "paid")
    assert (paid["Unique"], paid["Top value"]) == ("3", "card")
    assert cells(page, "picture")["Max bytes"] == "9,000"
    assert cells(page, "picture")["Unique"] == "\N{EN DASH}"
    assert rows(page)["sparse"].custom == [("missing_value", "3")]
    assert "person.age" in rows(page)
    assert re.fullmatch(r"0 to 4 values a row, [0-9.]+ on average", rows(page)["stops"].notes[0])


def test_what_is_no_number_is_said_in_words(three_spans):
    page = page_of(three_spans)
    odd = cells(page, "odd")
    assert (odd["Min"], odd["Max"], odd["Mean"]) == ("\N{MINUS SIGN}∞", "∞", "NaN")
    assert rows(page)["odd"].notes == ["1 NaN"]
    notes = rows(page)["odd"].chart.notes
    assert "1 not drawn: \N{MINUS SIGN}∞" in notes
    assert "1 not drawn: ∞" in notes
    assert cells(page, "huge")["Max"] == "1.7e+308"
    assert cells(page, "not a number") == {
        "Count": "400", "Missing": "0 %", "Zeros": "0 %",
        **dict.fromkeys(("Mean", "Std dev", "Min", "Median", "Max"), "\N{EN DASH}"),
    }  # fmt: skip
    assert rows(page)["not a number"].undrawn == "no values"
    assert rows(page)["huge"].chart.filled
    empty = cells(page, "empty")
    assert (empty["Count"], empty["Missing"], empty["Top value"]) == ("0", "100 %", "\N{EN DASH}")
    assert rows(page)["empty"].chart is None


def test_another_split_a_slice_and_weights(three_spans):
    assert page_of(three_spans, split="eval").here.content.num_examples == 200
    whole = page_of(three_spans)
    assert whole.here.slices == ["paid_card", "paid_cash", "paid_free"]
    sliced = page_of(three_spans, slice="paid_cash")
    assert cells(sliced, "paid")["Unique"] == "1"
    assert whole.is_weighted
    weighted = page_of(three_spans, weighted="1")
    assert cells(weighted, "fare")["Count"] != cells(whole, "fare")["Count"]
    assert cells(weighted, "fare")["Max"] == cells(whole, "fare")["Max"]


def test_features_are_found_by_words_and_kind(three_spans):
    assert list(rows(page_of(three_spans, find="PERSON age"))) == ["person.age"]
    assert {table.kind for table in page_of(three_spans, kind="bytes").tables} == {"bytes"}
    nothing = page_of(three_spans, find="no such feature")
    assert (nothing.tables, nothing.found, nothing.features) == ([], 0, 18)


@pytest.mark.parametrize(
    ("sort", "kind", "first", "last"),
    [
        ("order", "categorical", "company", "<img"),
        ("name", "categorical", "<img", "paid"),
        ("missing", "categorical", "empty", "<img"),
        ("zeros", "numeric", "stops", "person.age"),
        ("non-uniformity", "numeric", "always", "not a number"),
    ],
)
def test_the_order(three_spans, sort, kind, first, last):
    (table,) = page_of(three_spans, sort=sort, kind=kind).tables
    assert table.rows[0].name.startswith(first)
    assert table.rows[-1].name.startswith(last)


def test_two_spans_are_held_against_each_other(three_spans):
    before = three_spans.recorded.statistics[0]
    page = page_of(three_spans, against=str(three_spans.data.id_of(before)))
    assert page.there.artifact.metadata["span"] == 0
    assert page.there.split == "train"
    numeric = page.tables[0].rows
    distances = [float(row.distance) for row in numeric if row.distance]
    assert distances == sorted(distances, reverse=True)
    fare = rows(page)["fare"]
    assert fare.chart.filled
    assert fare.chart.outlined
    assert [table.measure for table in page.tables] == ["Jensen-Shannon", "L-infinity", "", "", ""]
    assert len(fare.here) == len(fare.there) == 8
    assert rows(page)["person.age"].distance == fare.distance


def test_the_other_split_of_the_same_rows(three_spans):
    page = page_of(three_spans, against_split="eval")
    assert (page.here.split, page.there.split) == ("train", "eval")
    assert page.other_splits == ["eval", "train"]
    same = page_of(three_spans, against_split="train")
    assert same.there is None
    assert same.problems == []


def test_charts_of_quantiles_and_of_values_a_row(three_spans):
    before = str(three_spans.data.id_of(three_spans.recorded.statistics[0]))
    quantiles = rows(page_of(three_spans, chart="quantiles", against=before))["fare"].chart
    assert len(quantiles.filled) == len(quantiles.outlined) == 10
    assert quantiles.filled[0].title.startswith("0 % to 10 % of the values: ")
    lengths = rows(page_of(three_spans, chart="lengths"))
    assert lengths["stops"].chart.labels[1].text == "4"
    assert (lengths["fare"].chart, lengths["fare"].undrawn) == (None, "1 in every row")


def test_a_log_scale_lifts_what_is_rare(three_spans):
    plain, logarithmic = (rows(page_of(three_spans, log=log))["fare"].chart.filled for log in ("", "1"))
    assert max(one.height for one in plain) == max(one.height for one in logarithmic)
    assert min(one.height for one in plain) < min(one.height for one in logarithmic)


def test_what_is_offered_to_compare_with(three_spans):
    page = page_of(three_spans)
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.statistics]
    assert [one.id for one in page.others] == [ids[1], ids[0]]
    assert page.others[0].title.startswith("span 1, ")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"split": "no"}, "have no split 'no': choose one of 'eval', 'train'"),
        ({"slice": "no"}, "have no slice 'no'"),
        ({"against": "999999"}, "No artifact '999999' is recorded"),
        ({"against": "1"}, "is a Examples, no statistics"),
        ({"against": "<b>"}, "No artifact '<b>' is recorded"),
    ],
)
def test_what_is_not_there_is_said(three_spans, asked, told):
    page = page_of(three_spans, **asked)
    assert told in page.problems[0]
    assert bool(page.tables) == ("against" in asked)


def test_files_that_are_gone_or_damaged_are_named(own_spans):
    first, second = own_spans.recorded.statistics
    file = own_spans.data.file_of(first)
    file.write_bytes(b"\xff\xff\xff torn")
    told = page_of(own_spans, first).problems
    assert str(file) in told[0]
    held = page_of(own_spans, second, against=str(own_spans.data.id_of(first)))
    assert str(file) in held.problems[0]
    assert held.tables
    file.unlink()
    assert str(file) in page_of(own_spans, first).problems[0]
    assert page_of(own_spans, first, split="eval").problems == []


def test_a_file_that_is_too_large_or_leads_out_is_not_read(own_spans, tmp_path, monkeypatch):
    from shipway.dashboards import statistics_files

    first, second = own_spans.recorded.statistics
    file = own_spans.data.file_of(first)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert "leads out of the artifact" in page_of(own_spans, first).problems[0]
    monkeypatch.setattr(statistics_files, "LARGEST_FILE", 100)
    assert "too many to show on a page" in page_of(own_spans, second).problems[0]


def test_without_the_data_extra_a_sentence_says_so(own_spans, monkeypatch):
    monkeypatch.setitem(sys.modules, "shipway.data.statistics", None)
    (problem,) = page_of(own_spans).problems
    assert "without Shipway's 'data' extra" in problem


def test_many_features_come_in_pages(three_spans, monkeypatch):
    monkeypatch.setattr(view, "FEATURES_A_PAGE", 5)
    first = page_of(three_spans, sort="name")
    second = page_of(three_spans, sort="name", page="2")
    assert (first.first, first.last, second.first, second.last) == (1, 5, 6, 10)
    assert not set(rows(first)) & set(rows(second))
    last = page_of(three_spans, sort="name", page="99")
    assert (last.first, last.last) == (16, 18)


def test_the_address_holds_what_is_not_usual():
    asked = Asked.of(
        {"split": "eval", "log": "1", "chart": "quantiles", "sort": "nonsense", "page": "-3", "find": " a b "}
    )
    assert asked.query() == "?split=eval&chart=quantiles&log=1&find=a+b"
    assert Asked.of({}).query() == ""
    assert asked.query(log=False, chart="standard", split="", find="", page=2) == "?page=2"
    assert re.fullmatch(r"\?split=%3Cb%3E.*", Asked.of({"split": "<b>"}).query())


def test_an_unknown_artifact(three_spans):
    with pytest.raises(NoSuchArtifact):
        recorded(three_spans.data.queries, "999999")
