"""Models in a real browser: from the registry to a slice, by click and by keyboard, on a phone and in the dark."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shipway.lineage import ArtifactRecord

TAGS = "<script>alert('tags')</script><img src=x onerror=alert(1)>"


def heading(browser: Any) -> str:
    return str(browser.script("return (document.querySelector('h1') || document.body).textContent"))


def test_from_the_registry_to_a_slice(browser: Any, dashboards: Any, looked_at: Any) -> None:
    browser.sign_in(dashboards(looked_at.home))
    browser.open("/models")
    assert len(browser.all("svg.spark")) == 1
    browser.check()
    browser.one('main a[href="/models/pipeline/bikes"]').click()
    browser.wait(lambda: "Models of bikes" in heading(browser))
    assert len(browser.all(".chart .line-1 a")) == 8
    browser.check()
    browser.one('input[value="fpr"]').click()
    browser.one('input[name="slice"]').send_keys("shift=night")
    browser.one("form.filters button").click()
    browser.wait(lambda: "fpr on shift=night" in browser.text)
    assert "slice=shift%3Dnight" in browser.driver.current_url
    browser.check()
    mark = browser.all(".chart .line-1 a")[3]
    browser.script("arguments[0].focus()", mark)
    browser.driver.switch_to.active_element.send_keys("\ue007")
    browser.wait(lambda: f"Model {looked_at.ids['run-4']}" in heading(browser))
    browser.check()


def test_one_model(browser: Any, dashboards: Any, looked_at: Any) -> None:
    browser.sign_in(dashboards(looked_at.home))
    browser.open(f"/models/{looked_at.ids['run-4']}")
    assert "does not hold" in browser.one("#verdict").find_element("xpath", "..").text
    levels = [one.tag_name for one in browser.all("h1, h2, h3")]
    assert all(int(after[1]) - int(before[1]) <= 1 for before, after in pairwise(levels))
    names = [one.get_attribute("id") for one in browser.all("[id]")]
    assert len(names) == len(set(names))
    browser.one('nav[aria-label="On this page"] a[href="#slices"]').click()
    browser.one('form[action$="#slices"] input[name="find"]').send_keys("shift")
    browser.one('form[action$="#slices"] button').click()
    browser.wait(lambda: "2 slices of" in browser.text)
    browser.check()
    browser.one('#slices ~ * a[href*="sort=fpr"]').click()
    browser.wait(lambda: "worst first by fpr" in browser.text)
    assert "find=shift" in browser.driver.current_url
    browser.one("details summary").click()
    browser.check()


def test_charts_fit_a_desk(browser: Any, dashboards: Any, looked_at: Any) -> None:
    """The newest version is on the right of a chart, where it must not be scrolled to."""
    browser.sign_in(dashboards(looked_at.home))
    for path in ("/models/pipeline/bikes", f"/models/{looked_at.ids['run-3']}"):
        browser.open(path)
        assert browser.all(".chart .drawing")
        assert browser.script(
            "return [...document.querySelectorAll('.chart .drawing')].every(one => one.scrollWidth <= one.clientWidth)"
        )


def test_hostile_names(browser: Any, dashboards: Any, models_home: Any) -> None:
    pipeline = f"{TAGS}/\u202eevil"
    model = ArtifactRecord("Model", f"/{TAGS}")
    models_home.task("run", "trainer", {}, {"model": model}, pipeline)
    worst = {TAGS: [{"slice": TAGS, "value": 0.1, "rows": 40}, {"slice": "x" * 10_000, "value": 0.2, "rows": 9}]}
    summary = json.dumps({"metrics": {TAGS: 0.5, "y" * 10_000: 0.4}, "worst_slices": worst})
    judged = {
        "evaluation": ArtifactRecord("ModelEvaluation", str(Path("/nowhere")), {"summary": summary}),
        "blessing": ArtifactRecord("ModelBlessing", "/b", {"blessed": 0, "reasons": json.dumps([TAGS, "z" * 10_000])}),
    }
    models_home.task("run", "evaluator", {"model": model}, judged, pipeline)
    served = dashboards(models_home.home)
    browser.sign_in(served)
    for path in ("/models", f"/models/pipeline/{quote(pipeline, safe='')}", "/models/1"):
        browser.open(path)
        assert browser.all("main img") == []
        browser.check()


@pytest.fixture(autouse=True)
def _needs_axe() -> None:
    if not (Path(__file__).resolve().parents[1] / "axe" / "axe.min.js").is_file():
        pytest.skip("axe-core is not there")
