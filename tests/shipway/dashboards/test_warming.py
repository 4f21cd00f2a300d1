"""What is read before anybody asks, and that nothing that is wrong with it keeps a server from starting."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.runs.shelf import shelf_of
from shipway.dashboards.site import Site
from shipway.dashboards.warming import warm
from shipway.lineage import Lineage, TaskIdentity


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_the_first_visitor_finds_runs_listed_and_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Lineage.open(tmp_path / "metadata.db") as lineage:
        task = TaskIdentity("taxi", "run-1", "trainer", "steps.trainer")
        lineage.complete(lineage.begin(task, {}, {}, "key"), {}, {})
    site = Site(DashboardOptions(tmp_path), b"key")
    warm(site).join(60)

    def asked(*_: Any) -> Any:
        raise AssertionError("it was to be looked up already")

    monkeypatch.setattr("shipway.dashboards.runs.summaries.bare_executions", asked)
    shelf = shelf_of(site)
    shelf.fill()
    assert [one.run_id for one in shelf.listing().runs] == ["run-1"]


def test_a_home_without_a_store(tmp_path: Path) -> None:
    site = Site(DashboardOptions(tmp_path), b"key")
    warm(site).join(60)
    assert shelf_of(site).listing().runs == []


def test_a_store_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "metadata.db").write_bytes(b"this is no database" * 100)
    site = Site(DashboardOptions(tmp_path), b"key")
    warm(site).join(60)
    assert "metadata.db" in shelf_of(site).listing().problems[0]
