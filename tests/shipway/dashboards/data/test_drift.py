"""Anomalies and distances over spans."""

from __future__ import annotations

import pytest
from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies, AnomalyInfo

from shipway.dashboards.pages.data.drift import view
from shipway.dashboards.pages.data.drift.view import drift_page
from shipway.dashboards.pages.data.overview import NoSuchPipeline, data_page


def page_of(spans, kind="", features=(), before=None):
    return drift_page(spans.data.queries, spans.data.home, "trips", kind, features, before)


def test_distances_over_spans_with_their_thresholds(three_spans):
    page = page_of(three_spans)
    assert page.problems == []
    assert [one.label for one in page.validations] == ["span 0", "span 1", "span 2"]
    (drift,) = page.charts
    assert drift.kind == "drift"
    assert {line.feature for line in drift.lines} == {"fare", "company", "paid"}
    shares = [line.worst.share for line in drift.lines]
    assert shares == sorted(shares, reverse=True)
    assert [one and one.threshold for one in drift.lines[0].values] == [None, 0.01, 0.03]
    assert [bound.title for bound in drift.chart.bounds] == ["threshold 0.03"]
    assert len(drift.chart.lines) == 3
    address = drift.chart.lines[0].marks[-1].address
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.statistics]
    assert address == f"/data/{ids[2]}?against={ids[1]}"


def test_chosen_features_and_kinds(three_spans):
    page = page_of(three_spans, features=["paid", "paid", "unknown"])
    assert [line.feature for line in page.charts[0].drawn] == ["paid"]
    assert {one.anomaly.feature for one in page.anomalies} == {"paid"}
    assert page.offered[:2] == ["paid", "unknown"]
    assert page_of(three_spans, kind="skew").charts == []
    assert page_of(three_spans, kind="nonsense").kind == ""


def test_anomalies_in_tfdvs_words(three_spans):
    newest = page_of(three_spans).anomalies[0]
    assert newest.validation.label == "span 2"
    assert newest.anomaly.severity == "error"
    texts = [one.anomaly for one in page_of(three_spans).anomalies if one.anomaly.feature == "fare"]
    assert texts[0].short == "High approximate Jensen-Shannon divergence between current and previous"
    assert "above the threshold 0.03" in texts[0].long


def test_the_whole_data_set_and_severities(own_spans):

    found = Anomalies()
    found.dataset_anomaly_info.severity = AnomalyInfo.WARNING
    found.dataset_anomaly_info.reason.add(short_description="Few rows", description="There are too few.")
    own_spans.data.file_of(own_spans.recorded.anomalies[1]).write_bytes(found.SerializeToString())
    whole = next(one.anomaly for one in page_of(own_spans).anomalies if one.anomaly.split == "train")
    assert (whole.feature, whole.severity, whole.short, whole.long) == (
        "", "warning", "Few rows", "There are too few.",
    )  # fmt: skip


def test_files_that_are_gone_or_damaged_are_named(own_spans, tmp_path):
    first, second = own_spans.recorded.anomalies
    file = own_spans.data.file_of(first)
    file.write_bytes(b"\xff\xff\xff torn")
    page = page_of(own_spans)
    assert [str(file) in problem for problem in page.problems] == [True]
    assert page.charts
    file.unlink()
    file.symlink_to(own_spans.data.file_of(second))
    assert "leads out of the artifact" in page_of(own_spans).problems[0]
    own_spans.data.lineage.mark_deleted([own_spans.data.id_of(first)])
    assert page_of(own_spans).problems == []


def test_a_file_that_is_written_anew_is_read_anew(own_spans):

    assert page_of(own_spans).charts
    for split in ("train", "eval"):
        own_spans.data.file_of(own_spans.recorded.anomalies[1], split).write_bytes(Anomalies().SerializeToString())
    assert page_of(own_spans).charts == []


def test_no_more_than_so_many_are_read(three_spans, monkeypatch):
    monkeypatch.setattr(view, "READ", 2)
    page = page_of(three_spans, kind="drift", features=["paid"])
    assert [one.label for one in page.validations] == ["span 1", "span 2"]
    assert page.older.startswith("/data/pipeline/trips/drift?kind=drift&feature=paid&before=")
    older = page_of(three_spans, before=int(page.older.rpartition("=")[2]))
    assert [one.label for one in older.validations] == ["span 0"]
    assert (older.newest, older.older) == ("/data/pipeline/trips/drift", "")


def test_validations_that_stopped_their_run(own_spans):
    data, recorded = own_spans.data, own_spans.recorded
    data.task("trips-1", "example-validator", {"statistics": recorded.statistics[1]}, {}, failure="It broke.")
    (stopped,) = page_of(own_spans).stopped
    assert stopped.about.failure.error == "It broke."


def test_what_a_validation_found_that_stopped_its_run(own_spans):
    data, recorded = own_spans.data, own_spans.recorded
    folder = data.folder("trips-1", "example-validator-again", "anomalies")
    found = Anomalies()
    found.anomaly_info["fare"].short_description = "Out of range"
    (folder / "Split-train").mkdir()
    (folder / "Split-train" / "SchemaDiff.pb").write_bytes(found.SerializeToString())
    left = data.record("ExampleAnomalies", folder, span=1, anomalies=1)
    judged = {"statistics": recorded.statistics[1]}
    data.task("trips-1", "example-validator", judged, {"anomalies": left}, failure="It has anomalies.")
    page = page_of(own_spans)
    assert [one.about.failure.error for one in page.stopped] == ["It has anomalies."]
    assert page.validations[-1].artifact.state == "ABANDONED"
    assert any(one.short == "Out of range" for one in page.validations[-1].anomalies)
    newest, _ = data_page(data.queries, None).pipelines[0].lines
    assert (newest.anomalies, newest.about.failure.error) == (1, "It has anomalies.")


def test_an_unknown_pipeline_and_one_without_validations(data_home):
    data_home.examples("r1", 1, {"train": 1})
    page = drift_page(data_home.queries, data_home.home, "trips", "", [], None)
    assert (page.validations, page.anomalies, page.charts) == ([], [], [])
    with pytest.raises(NoSuchPipeline):
        drift_page(data_home.queries, data_home.home, "nobody", "", [], None)
