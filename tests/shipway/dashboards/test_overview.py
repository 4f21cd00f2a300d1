"""The first page: what is in it, of a home that real runs have filled and of others."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.pages.overview.view import RunLine, failing, overview
from shipway.lineage import LineageQueries
from shipway.runner import Home


def line(run_id: str, pipeline: str, state: str) -> RunLine:
    return RunLine(run_id, pipeline, state, 0.0, 0.0, "")


def test_a_pipeline_fails_when_its_last_run_that_is_over_did() -> None:
    lines = [
        line("a3", "a", "RUNNING"), line("a2", "a", "FAILED"), line("a1", "a", "SUCCEEDED"),
        line("b2", "b", "SUCCEEDED"), line("b1", "b", "FAILED"), line("c1", "c", "INTERRUPTED"),
    ]  # fmt: skip
    assert [one.run_id for one in failing(lines)] == ["a2", "c1"]


def test_what_real_runs_left(filled_home: Any) -> None:
    queries = LineageQueries.open(filled_home.home.metadata_db)
    try:
        seen = overview(filled_home.home, queries)
    finally:
        queries.close()
    assert [one.run_id for one in seen.runs] == [
        filled_home.failed, filled_home.again, filled_home.second, filled_home.first,
    ]  # fmt: skip
    assert [(one.run_id, one.state) for one in seen.failing] == [(filled_home.failed, "FAILED")]
    assert "Orders are no good" in seen.failing[0].sentence
    newest, second, first = seen.models
    assert newest.pipeline == filled_home.hostile_pipeline
    assert (second.facts, first.facts) == (["blessed"], ["not blessed"])
    assert second.pipeline == "shop"
    assert {tuple(one.facts[:1]) for one in seen.spans} == {("span 9",), ("span 3",), ("span 2",), ("span 1",)}
    assert seen.pushes[0].facts == ["version 1", "/served"]


def test_the_page_escapes_whatever_is_recorded(shop_dashboards: Any) -> None:
    with shop_dashboards.client() as client:
        page = client.get("/").text
    assert "shop-failed" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_damaged_run_is_one_line(fill_home: Any, dashboards: Any, tmp_path: Path) -> None:
    filled = fill_home(tmp_path / "home")
    (filled.home.runs / filled.second / "request.json").write_text("{")
    with dashboards(filled.home).client() as client:
        page = client.get("/").text
    assert "damaged" in page
    assert filled.first in page


@pytest.mark.parametrize("missing", ["metadata.db", "runs"])
def test_a_home_that_lacks_something(filled_home: Any, dashboards: Any, tmp_path: Path, missing: str) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    if missing != "metadata.db":
        shutil.copy(filled_home.home.metadata_db, home.metadata_db)
    else:
        shutil.copytree(filled_home.home.runs, home.runs)
    with dashboards(home).client() as client:
        assert client.get("/").status_code == 200


def test_a_store_that_was_restored_is_read_anew(filled_home: Any, dashboards: Any, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    with dashboards(home).client() as client:
        assert "No model was trained yet" in client.get("/").text
        other = tmp_path / "metadata.db"
        shutil.copy(filled_home.home.metadata_db, other)
        other.replace(home.metadata_db)
        assert "No model was trained yet" not in client.get("/").text
