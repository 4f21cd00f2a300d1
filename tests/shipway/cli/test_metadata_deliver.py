"""`shipway metadata deliver`, and the other commands against a metadata service."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, TaskIdentity
from shipway.lineage.spool import Recording, SpoolFolder
from shipway.settings import Settings

TRAINER = TaskIdentity("taxi", "run-1", "trainer", "shipway_components.trainer")


@pytest.fixture
def waiting(service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpoolFolder:
    """A spool with two records for a service that is back."""
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHIPWAY_METADATA", service.url)
    monkeypatch.setenv("SHIPWAY_METADATA_PATIENCE", "0.1")
    service.stop()
    with closing(Recording.open(Settings.from_environment().local_metadata)) as recording:
        recording.complete(recording.begin(TRAINER, {}, {}, ""), {"model": [ArtifactRecord("Model", "/m")]}, {})
    service.start()
    spool = SpoolFolder.of(Settings.from_environment().local_metadata)
    assert spool is not None
    return spool


def test_what_waits_is_delivered_once(shipway: Any, service: Any, waiting: SpoolFolder) -> None:
    answer = shipway("metadata", "deliver")
    assert (answer.code, answer.out) == (0, f"Delivered 2 records from {waiting.path} to {service.url}.\n")
    assert shipway("metadata", "deliver").out == f"No records wait in {waiting.path}.\n"
    assert shipway("metadata", "deliver", "--json").out == '{"delivered": 0, "refused": []}\n'
    assert "Model" in shipway("artifacts").out


def test_what_is_refused_is_named_and_may_be_tried_again(shipway: Any, service: Any, waiting: SpoolFolder) -> None:
    service.fail("PutExecution", "INVALID_ARGUMENT", "no such type")
    answer = shipway("metadata", "deliver", "--json")
    assert answer.code == 1
    assert len(json.loads(answer.out)["refused"]) == 2
    answer = shipway("metadata", "deliver", "--again")
    assert (answer.code, answer.lines[0][:19]) == (0, "Delivered 2 records")


def test_the_service_is_still_away(shipway: Any, service: Any, waiting: SpoolFolder) -> None:
    service.stop()
    for words in (("metadata", "deliver"), ("gc", "--keep-last", "1"), ("artifacts",), ("diff", "a", "b")):
        answer = shipway(*words)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith(f"Error: The metadata service at {service.url} could not be reached")
        assert answer.err.count("\n") == 1
    assert len(waiting.waiting()) == 2


def test_a_collection_delivers_what_waits_first(shipway: Any, service: Any, waiting: SpoolFolder) -> None:
    assert shipway("gc", "--keep-last", "1", "--yes").code == 0
    assert waiting.waiting() == []


def test_a_file_has_nothing_that_waits(shipway: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    answer = shipway("metadata", "deliver")
    assert answer.code == 2
    assert f"Lineage is recorded in the file '{tmp_path}/metadata.db', so no records wait" in answer.err


def test_a_wrong_setting_is_wrong_usage(shipway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_METADATA", "metadata:8080")
    answer = shipway("artifacts")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
