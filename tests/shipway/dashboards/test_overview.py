"""The first page: what is in it, of a home that real runs have filled and of others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.pages.overview.view import Overview, overview
from shipway.dashboards.runs.shelf import Shelf
from shipway.dashboards.site import Site
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.runner import Home


def seen(home: Home) -> Overview:
    return overview(Shelf(Site(DashboardOptions(home.path), b"k" * 32)))


def run_of(home: Home, run_id: str, pipeline: str, started: float, *events: dict[str, Any]) -> None:
    """A run's folder as the runner would have left it."""
    folder = home.runs / run_id
    folder.mkdir(parents=True)
    request = {"pipeline": pipeline, "target": pipeline, "parameters": {}, "started": started}
    (folder / "request.json").write_text(json.dumps(request))
    began = {"event": "run_started", "at": started}
    (folder / "journal.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (began, *events)))


def test_a_pipeline_fails_when_its_last_run_that_is_over_did(tmp_path: Path) -> None:
    home = Home(tmp_path)
    good, bad = ({"event": "run_finished", "at": 60.0, "state": state} for state in ("SUCCEEDED", "FAILED"))
    run_of(home, "a1", "a", 10.0, good)
    run_of(home, "a2", "a", 20.0, bad)
    run_of(home, "b1", "b", 30.0, bad)
    run_of(home, "b2", "b", 40.0, good)
    run_of(home, "c1", "c", 50.0)
    page = seen(home)
    assert [one.run_id for one in page.runs] == ["c1", "b2", "b1", "a2", "a1"]
    assert {(one.run.run_id, one.run.state) for one in page.failures} == {("a2", "FAILED"), ("c1", "INTERRUPTED")}


def test_what_real_runs_left(filled_home: Any) -> None:
    page = seen(filled_home.home)
    assert {one.run_id for one in page.runs} == {
        filled_home.failed, filled_home.again, filled_home.second, filled_home.first, filled_home.hostile_run,
    }  # fmt: skip
    assert {one.run.run_id for one in page.failures} == {filled_home.failed, filled_home.hostile_run}
    assert any(one.sentence.startswith("fit: Orders are no good") for one in page.failures)
    newest, second, first = page.models
    assert newest.pipeline == filled_home.hostile_pipeline
    assert [tuple(one.facts) for one in page.models] == [("not evaluated",), ("blessed",), ("not blessed",)]
    assert (second.pipeline, second.run_id) == ("shop", filled_home.second)
    assert (first.pipeline, first.run_id) == ("shop", filled_home.first)
    assert {one.facts[0] for one in page.spans} == {"span 9", "span 3", "span 2", "span 1"}
    assert page.pushes[0].facts == ["version 1", "/served"]
    assert page.problems == []


def test_what_stands_for_nothing_and_what_was_read_before_is_left_out(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    with Lineage.open(home.metadata_db) as lineage:
        for step, key, record in (
            ("example_gen", "examples", ArtifactRecord("Examples", "/rows", {"span": 1}, "d1")),
            ("transform", "transformed_examples", ArtifactRecord("Examples", "/again", {"span": 1}, "d2")),
            ("resolver", "model", ArtifactRecord("Model", "/none", {"resolved": 0}, "d3")),
            ("trainer", "model", ArtifactRecord("Model", "/model", {}, "d4")),
        ):
            execution = lineage.begin(TaskIdentity("p", "r", step, step), {}, {}, step)
            lineage.complete(execution, {key: [record]}, {})
    page = seen(home)
    assert [one.facts for one in page.spans] == [["span 1"]]
    assert [one.facts for one in page.models] == [["not evaluated"]]


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
    assert filled.second in page
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
