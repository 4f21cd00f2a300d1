"""The files in which records wait."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from shipway.artifacts.publish import StorageUnwritable
from shipway.lineage.spool import SpoolFolder
from shipway.lineage.spool.operation import CANCEL_RUN, Operation
from shipway.lineage.stamp import Stamp


def an_operation(run_id: str) -> Operation:
    return Operation(CANCEL_RUN, Stamp.now(), run_id=run_id)


@pytest.fixture
def spool(tmp_path: Path) -> SpoolFolder:
    return SpoolFolder(tmp_path / "spool")


def test_a_folder_that_nobody_made_holds_nothing(spool: SpoolFolder) -> None:
    assert spool.waiting() == []
    assert spool.take_back() == 0


def test_records_wait_in_their_order(spool: SpoolFolder) -> None:
    files = [spool.add(an_operation(f"run-{number}")) for number in range(12)]
    assert spool.waiting() == files
    read = [Operation.from_json(file.read_text()).run_id for file in spool.waiting()]
    assert read == [f"run-{number}" for number in range(12)]


def test_what_is_half_written_is_not_there(spool: SpoolFolder) -> None:
    file = spool.add(an_operation("run-1"))
    (spool.path / f".partial-{file.name}").write_text('{"format"')
    assert spool.waiting() == [file]


def test_what_is_set_aside_keeps_its_reason_and_comes_back_to_its_place(spool: SpoolFolder) -> None:
    first, second = spool.add(an_operation("run-1")), spool.add(an_operation("run-2"))
    text = first.read_text()
    aside = spool.set_aside(first, "no such type")
    assert json.loads(aside.read_text()) == {"reason": "no such type", "record": text}
    assert (spool.waiting(), aside.parent) == ([second], spool.refused)
    assert spool.take_back() == 1
    assert spool.waiting() == [first, second]
    assert first.read_text() == text
    assert list(spool.refused.iterdir()) == []


def test_a_spool_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnwritable, match=os.fspath(tmp_path / "file")):
        SpoolFolder(tmp_path / "file").add(an_operation("run-1"))
