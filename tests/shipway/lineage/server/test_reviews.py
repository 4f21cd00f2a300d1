"""People's decisions over a real service: recorded once, and an error where it does not answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.lineage.opening import open_service
from shipway.lineage.reviews import record_review, reviews_of
from shipway.lineage.service_faults import ServiceFault
from shipway.settings import MetadataAddress


def test_a_decision_over_a_service(service: Any, tmp_path: Path) -> None:
    address = MetadataAddress(None, f"grpc://{service.address}", spool=tmp_path / "spool")
    with Lineage.open(address) as lineage:
        task = TaskIdentity("taxi", "run-1", "trainer", "a.trainer")
        lineage.complete(lineage.begin(task, {}, {}, ""), {"model": [ArtifactRecord("Model", "/m")]}, {})
        asked = lineage.queries().service
        made = record_review(asked, 1, False, "Ada", "no | \u05dc\u05d0\n`x`")
        assert reviews_of(asked, [1]) == {1: [made]}


def test_a_service_that_is_away_is_an_error_and_nothing_waits(tmp_path: Path) -> None:
    address = MetadataAddress(None, "grpc://127.0.0.1:1", spool=tmp_path / "spool", patience_seconds=0.2)
    away = open_service(address)
    with pytest.raises(ServiceFault):
        record_review(away, 1, True, "Ada", "yes")
    away.close()
    assert not (tmp_path / "spool").exists()
