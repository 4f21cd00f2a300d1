"""Records as text, and back."""

from __future__ import annotations

import pytest

from shipway.lineage import ArtifactRecord, TaskIdentity
from shipway.lineage.spool.operation import BEGIN, COMPLETE, IMPORT, Operation, Ticket
from shipway.lineage.stamp import Stamp

TASK = TaskIdentity("taxi / é", "run-1", "trainer%2F", "shipway_components.trainer")
STAMP = Stamp("0123", 1_700_000_000_000)


def test_a_record_survives_as_text() -> None:
    inputs = {"e": [ArtifactRecord("Examples", "/it's\udcff here", {"span": 3, "share": 0.5}, "d", "name")], "none": []}
    begun = Operation(BEGIN, STAMP, TASK, inputs=inputs, parameters={"n": 1, "x": 0.5, "t": "漢"}, cache_key="key")
    assert Operation.from_json(begun.to_json()) == begun
    ended = Operation(COMPLETE, STAMP, execution=7, outputs=inputs, output_parameters={"loss": 0.5})
    assert Operation.from_json(ended.to_json()) == ended
    imported = Operation(IMPORT, STAMP, TASK, outputs=inputs, reimport=True)
    assert Operation.from_json(imported.to_json()) == imported


def test_values_are_kept_as_the_store_would_keep_them() -> None:
    given = {"flag": True, "config": {"b": [1], "a": None}, "nan": float("nan"), "big": 2**70, "nul": "a\0b"}
    read = Operation.from_json(Operation(BEGIN, STAMP, TASK, parameters=given).to_json())
    assert dict(read.parameters) == {
        "flag": 1, "config": '{"a": null, "b": [1]}', "nan": "NaN", "big": str(2**70), "nul": "a\ufffdb",
    }  # fmt: skip


def test_no_password_is_written_down() -> None:
    given = {"url": "mysql://bob:geheim@host/db", "more": {"url": "mysql://bob:geheim@host/db"}}
    assert "geheim" not in Operation(BEGIN, STAMP, TASK, parameters=given).to_json()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": 2, "kind": "begin"}', '{"format": 1, "kind": "guess"}', '{"format": 1}',
     '{"format": 1, "kind": "begin"}', '{"format": 1, "kind": "begin", "stamp": {}, "more": 1}',
     '{"format": 1, "kind": "begin", "stamp": {"id": "x", "made_ms": 1}, "task": {"pipeline": "p"}}'],
)  # fmt: skip
def test_text_that_is_no_record(text: str) -> None:
    with pytest.raises(ValueError):
        Operation.from_json(text)


def test_a_ticket_is_read_again() -> None:
    ticket = Ticket("0123", TASK)
    assert Ticket.read(str(ticket)) == ticket
    with pytest.raises(ValueError):
        Ticket.read("no ticket")
