"""Live inputs: found in the inference log within bounds, and measured against what the model learned from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from shipway.dashboards.serving import live_inputs as reading
from shipway.dashboards.serving.drift import Drift, DriftQuestion, compare
from shipway.dashboards.serving.live_inputs import NothingLogged, live_inputs, logged_models
from shipway.lineage import LineageQueries
from shipway.lineage.pushes import newest_pushes
from shipway.lineage.training_data import training_data_of


def column(batches: Any, name: str) -> list[Any]:
    return [value for batch in batches for value in batch.column(batch.schema.get_field_index(name)).to_pylist()]


def test_missing_values_are_null_and_copies_are_left_out(log: Any) -> None:
    inputs = {
        "a": np.array([1.0, np.nan]), "b": np.array([5, np.iinfo(np.int64).min]), "c": ["x", ""],
        "d": [True, False], "e": [[1.0, 2.0], [3.0]], "f": [[[1.0]], [[2.0]]], "g": np.array([1, 2], np.int32),
    }  # fmt: skip
    log.write("taste", inputs, start="20261122T100001Z")
    log.write("taste", {"a": [7.0]}, arm="shadow:2", start="20261122T100002Z")
    found = live_inputs(log.folder, "taste")
    assert (found.rows, found.version, found.signature, found.is_whole) == (2, "1", "predict_features", True)
    (batch,) = found.batches
    assert batch.schema.names == ["a", "b", "c", "d", "e", "g"]
    assert [column([batch], name) for name in "abcde"] == [
        [1.0, None], [5, None], ["x", None], [1, 0], [[1.0, 2.0], [3.0]],
    ]  # fmt: skip
    assert (found.first_ms, found.last_ms) == (1_795_341_600_000, 1_795_341_601_000)


def test_the_newest_files_of_one_version_and_signature(log: Any) -> None:
    log.write("taste", {"x": [1.0]}, version="1", hour=9)
    log.write("taste", {"x": [2.0]}, version="1", hour=10, start="20261122T100001Z")
    log.write("taste", {"x": [3.0]}, version="1", hour=10, start="20261122T100002Z")
    log.write("taste", {"y": [9.0]}, version="1", signature="serving_default", hour=11)
    log.write("taste", {"x": [4.0]}, version="2", hour=12)
    assert column(live_inputs(log.folder, "taste", "1").batches, "x") == [3.0, 2.0, 1.0]
    assert column(live_inputs(log.folder, "taste").batches, "x") == [4.0]
    assert live_inputs(log.folder, "taste", preferred={"1"}).version == "1"
    assert live_inputs(log.folder, "taste", preferred={"7"}).version == "2"


def test_so_many_rows_and_no_more(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 250)
    for number in range(5):
        log.write("taste", {"x": np.arange(100.0) + 1000 * number}, start=f"20261122T10000{number}Z")
    found = live_inputs(log.folder, "taste")
    assert (found.rows, found.is_whole) == (250, False)
    assert min(column(found.batches, "x")) == 2050
    monkeypatch.setattr(reading, "MOST_ROWS", 10_000)
    monkeypatch.setattr(reading, "MOST_FILES", 2)
    assert live_inputs(log.folder, "taste").rows == 200
    monkeypatch.setattr(reading, "SECONDS", -1)
    with pytest.raises(NothingLogged):
        live_inputs(log.folder, "taste")


def test_models_by_their_names_whatever_those_are(log: Any) -> None:
    for folder in ("a%2Fb", "%2E%2E", "taste"):
        log.write(folder, {"x": [1.0]})
    assert logged_models(log.folder) == ["..", "a/b", "taste"]
    assert live_inputs(log.folder, "a/b").rows == 1
    assert live_inputs(log.folder, "..").rows == 1
    for name in ("../taste", "nothing", ".", ""):
        with pytest.raises(NothingLogged):
            live_inputs(log.folder, name)
    assert logged_models(log.folder / "not there") == []


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        (None, "takes no inputs that are logged"),
        (
            {"examples": [b"\n\x03abc", b"\xff\xfe"]},
            "was asked with serialized examples alone (signature 'serving_default')",
        ),
    ],
)
def test_inputs_that_have_no_names(log: Any, inputs: Any, sentence: str) -> None:
    log.write("taste", inputs, signature="serving_default")
    with pytest.raises(NothingLogged) as told:
        live_inputs(log.folder, "taste")
    assert sentence in str(told.value)


def test_nothing_there_and_files_that_are_damaged(log: Any) -> None:
    with pytest.raises(NothingLogged, match="There is no folder"):
        live_inputs(log.folder, "taste")
    log.write("taste", {"x": [1.0]}, start="20261122T100001Z")
    with pytest.raises(NothingLogged, match="Nothing is logged of version 9 of 'taste'"):
        live_inputs(log.folder, "taste", "9")
    log.write("taste", {"x": [2.0]}, start="20261122T100002Z").write_bytes(b"PAR1 no")
    found = live_inputs(log.folder, "taste")
    assert column(found.batches, "x") == [1.0]
    assert "cannot be read" in found.notes[0]
    log.write("other", {"x": [2.0]}).write_bytes(b"")
    with pytest.raises(NothingLogged, match="cannot be read"):
        live_inputs(log.folder, "other")


# Against training.


def answer(orchard: Any, log: Any, version: str = "", model: str = "taste") -> Drift:
    queries: LineageQueries = orchard.lineage.queries()
    return DriftQuestion(model, version, log.folder, orchard.home, queries, newest_pushes(queries.service, 50)).answer()


def test_drift_that_was_made_is_found(orchard: Any, log: Any, live_rows: Callable[..., Any]) -> None:
    orchard.run("run-1", "1")
    log.write("taste", live_rows())
    found = answer(orchard, log)
    assert found.sentence == ""
    assert [one.name for one in found.features] == ["sweet", "fruit", "sour"]
    by_name = {one.name: one for one in found.features}
    sweet, sour, fruit = by_name["sweet"], by_name["sour"], by_name["fruit"]
    assert [one.is_beyond for one in (sweet, fruit, sour)] == [True, True, False]
    assert sweet.worst is not None
    assert sour.worst is not None
    assert fruit.worst is not None
    assert (sweet.worst.measure, sweet.worst.threshold) == ("Jensen-Shannon", 0.05)
    assert 0.3 < sweet.worst.value < 0.7
    assert sour.worst.value < 0.1
    assert (fruit.worst.measure, fruit.worst.threshold) == ("L-infinity", 0.2)
    assert fruit.worst.value == pytest.approx(0.6, abs=0.06)
    assert (sour.live.missing_share, sour.training.missing_share) == (0.25, 0.0)
    assert sum(one.live for one in sweet.bins) == pytest.approx(1)
    assert sum(one.training for one in sweet.bins) == pytest.approx(1)
    assert {one.label: round(one.live, 1) for one in fruit.bins} == {"plum": 0.8, "apple": 0.1, "pear": 0.1}
    assert (list(found.without_live), list(found.without_training)) == (["bought"], ["colour"])
    assert found.has_thresholds
    assert found.examples is not None
    assert found.examples.metadata["span"] == 1


def test_the_same_rows_have_no_distance(orchard: Any, log: Any, training_rows: Callable[..., Any]) -> None:
    orchard.run("run-1", "1")
    log.write("taste", training_rows())
    found = answer(orchard, log)
    assert len(found.features) == 4
    for one in found.features:
        assert one.worst is not None
        assert one.worst.value < 1e-6
        assert not one.is_beyond


def test_a_version_that_lineage_does_not_know(orchard: Any, log: Any) -> None:
    orchard.run("run-1", "1")
    log.write("taste", {"sweet": [1.0]}, version="5")
    assert answer(orchard, log, "5").sentence.startswith("Lineage does not know what version 5 of 'taste' learned from")
    log.write("taste", {"sweet": [1.0]}, version="1", hour=2)
    assert answer(orchard, log).sentence == ""


def test_no_statistics_damaged_ones_and_a_schema_that_is_gone(orchard: Any, log: Any) -> None:
    orchard.run("run-1", "1", with_statistics=False)
    log.write("taste", {"sweet": [1.0, 2.0]})
    assert "lineage has no statistics: let statistics_gen look at them" in answer(orchard, log).sentence
    orchard.run("run-2", "2")
    log.write("taste", {"sweet": [1.0, 2.0]}, version="2")
    (orchard.folder("run-2", "schema") / "schema.pbtxt").unlink()
    found = answer(orchard, log, "2")
    assert [one.name for one in found.features] == ["sweet"]
    assert not found.has_thresholds
    assert "schema cannot be read, so there are no thresholds" in found.notes[0]
    statistics = orchard.folder("run-2", "statistics") / "Split-train" / "FeatureStats.pb"
    statistics.write_bytes(b"nonsense")
    assert "holds no statistics that can be read" in answer(orchard, log, "2").sentence
    statistics.unlink()
    assert "holds no statistics that can be read" in answer(orchard, log, "2").sentence


def test_other_types_no_feature_in_common_and_no_value(orchard: Any, log: Any) -> None:
    orchard.run("run-1", "1")
    log.write("taste", {"sweet": ["very", "not"], "sour": [np.nan, np.nan], "fruit": ["kiwi", "kiwi"]})
    found = answer(orchard, log)
    by_name = {one.name: one for one in found.features}
    assert by_name["sweet"].note == "its values are of another type than in training"
    assert by_name["sweet"].worst is None
    assert by_name["sour"].live.words == "no value"
    assert by_name["fruit"].is_beyond
    log.write("taste", {"sweet": [1.0], "sour": [1.0], "fruit": ["kiwi"]}, hour=11)
    assert answer(orchard, log).sentence.startswith("The feature 'sweet' holds both FLOAT and STRING values")


def test_without_the_data_extra_it_is_said(orchard: Any, log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    orchard.run("run-1", "1")
    log.write("taste", {"sweet": [1.0]})
    monkeypatch.setitem(sys.modules, "shipway.data.statistics", None)
    assert "without Shipway's 'data' extra" in answer(orchard, log).sentence


def test_statistics_are_of_the_rows_before_the_transform(orchard: Any) -> None:
    orchard.run("run-1", "1")
    queries = orchard.lineage.queries()
    (push,) = newest_pushes(queries.service, 10)
    assert (push.model_name, push.version, push.pipeline) == ("taste", "1", "orchard")
    assert push.model is not None
    found = training_data_of(queries.service, push.model.id)
    assert found.statistics is not None
    assert Path(found.statistics.uri).name == "statistics"
    assert found.schema is not None
    assert Path(found.schema.uri).name == "schema"
    assert training_data_of(queries.service, 1).statistics is None


def test_a_push_that_was_refused_is_none(orchard: Any) -> None:
    from shipway.lineage import ArtifactRecord

    orchard.run("run-1", "1")
    refused = ArtifactRecord(
        "PushedModel", "/refused", {"pushed": 0, "pushed_version": "", "pushed_destination": "/m/x"}
    )
    lonely = ArtifactRecord("PushedModel", "/lonely", {"pushed_version": "3", "pushed_destination": "/m/tfx/"})
    orchard.record("run-2", "pusher", {}, {"a": refused, "b": lonely})
    found = newest_pushes(orchard.lineage.queries().service, 10)
    assert [(one.model_name, one.version) for one in found] == [("tfx", "3"), ("taste", "1")]
    assert found[0].model is None


def test_many_different_texts_and_constant_numbers(training_rows: Callable[..., Any]) -> None:
    from shipway.data.statistics import generate_statistics, overall

    def statistics(**columns: Any) -> Any:
        arrays = [pa.array(values) for values in columns.values()]
        return overall(generate_statistics([pa.RecordBatch.from_arrays(arrays, list(columns))]))

    one = statistics(id=[f"id-{n}" for n in range(500)], same=[5.0] * 500, words=["<b>"] * 500)
    other = statistics(id=[f"other-{n}" for n in range(500)], same=[5.0] * 500, words=["x" * 5000] * 500)
    found = {feature.name: feature for feature in compare(one, other, None)[0]}
    assert len(found["id"].bins) == 11
    assert found["same"].bins[0].training == found["same"].bins[0].live == 1
    assert all(len(text.label) <= 100 for text in found["words"].bins)
    assert replace(found["id"], distances=[]).worst is None


def test_neither_tensorflow_nor_pandas_is_imported(tasted: Any) -> None:
    code = (
        "import sys; from pathlib import Path; from shipway.dashboards.serving.drift import DriftQuestion;"
        "from shipway.lineage import LineageQueries; from shipway.lineage.pushes import newest_pushes;"
        "from shipway.runner.home import Home; home, log = map(Path, sys.argv[1:]);"
        "queries = LineageQueries.open(home / 'metadata.db'); pushes = newest_pushes(queries.service, 9);"
        "found = DriftQuestion('taste', '', log, Home(home), queries, pushes).answer();"
        "print(len(found.features), [m for m in ('tensorflow', 'pandas', 'apache_beam') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tasted.home.path), str(tasted.log.folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "3 []"
