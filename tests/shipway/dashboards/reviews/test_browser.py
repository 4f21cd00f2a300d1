"""A decision in a real browser: made in the form of the model's page, by keyboard, and shown there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.runner.home import Home

TAGS = "<img src=x onerror=alert(1)> & \u05e9\u05dc\u05d5\u05dd " + "x" * 500


def test_a_model_is_rejected_and_approved(browser: Any, dashboards: Callable[..., Any], tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with Lineage.open(home.metadata_db) as lineage:
        task = TaskIdentity("taxi", "run-1", "trainer", "a.trainer")
        lineage.complete(lineage.begin(task, {}, {}, ""), {"model": [ArtifactRecord("Model", "/model")]}, {})
    served = dashboards(home)
    browser.sign_in(served)
    for decision, word in (("reject", "rejected"), ("approve", "approved")):
        browser.open("/models/1")
        choice = browser.one(f"#reviews input[value={decision}]")
        browser.script("arguments[0].focus()", choice)
        choice.send_keys(" ")
        browser.one("#review-name").send_keys("Ada")
        browser.one("#review-reason").send_keys(f"{word} because of {TAGS}")
        browser.one("#reviews form button").send_keys("\n")
        browser.wait(lambda word=word: browser.one("#reviews .badge").text.endswith(word))
        assert browser.script("return location.hash") == "#reviews"
    assert browser.all("#reviews img") == []
    assert len(browser.all("#reviews .badge")) == 2
    browser.check()
    browser.open("/lineage/1/story")
    assert len(browser.all(".badge.good, .badge.bad")) >= 2
    browser.check()
    browser.sign_in(served, served.viewer_token)
    browser.open("/models/1")
    assert browser.all("#reviews form") == []
    assert "rejected because of" in browser.one("#reviews").text
