"""Runs for lists: newest first, their executions without artifacts."""

from __future__ import annotations

from typing import Any

from shipway.lineage.bare_runs import bare_executions, newest_runs


def test_runs_and_their_executions(make: Any, record: Any) -> None:
    rows = record("Examples", "/rows")
    make("run-1", "data", {}, {"rows": [rows]}, n=1)
    make("run-1", "train", {"rows": [rows]}, {})
    make("run-2", "data", pipeline="flights")
    service = make.lineage.queries().service
    assert [(one.run_id, one.pipeline) for one in newest_runs(service)] == [("run-2", "flights"), ("run-1", "taxi")]
    first, second = bare_executions(service, "run-1")
    assert (first.task, first.state, first.parameters, first.outputs) == ("data", "COMPLETE", {"n": 1}, {})
    assert second.task == "train"
    assert bare_executions(service, "absent") == []
