"""The pages of runs in a real browser: readable on a phone, accessible, live without a word in the console."""

from __future__ import annotations

import fcntl
from urllib.parse import quote

import pytest


def heading(browser):
    """The heading of the page, asked for in one step: an element may go while its page is left."""
    return browser.script("return (document.querySelector('h1') || document.body).textContent")


def test_runs_and_one_run(browser, shop_dashboards, filled_home):
    browser.sign_in(shop_dashboards)
    browser.open("/runs")
    browser.check()
    browser.one(f'a[href="/runs/{filled_home.second}"]').click()
    browser.wait(lambda: browser.all("#run-graph"))
    assert len(browser.all("#run-graph a.box")) == 6
    browser.check()
    browser.one('#run-graph a[href$="/tasks/fit"]').click()
    browser.wait(lambda: "Step fit" in heading(browser))
    browser.check()
    browser.open(f"/runs/{filled_home.second}/tasks/fit/log")
    assert "epoch 29: loss 0.033" in browser.one("pre.log").text
    browser.check()


def test_boxes_hold_their_words(browser, shop_dashboards, filled_home):
    """The width of a box is a guess from the number of characters; the real font must fit."""
    browser.sign_in(shop_dashboards)
    browser.open(f"/runs/{filled_home.second}")
    overfull = browser.script(
        "return [...document.querySelectorAll('#run-graph a.box')].filter(box => [...box.querySelectorAll('text')]"
        ".some(text => text.getBBox().width + 20 > box.querySelector('rect').getBBox().width)).length"
    )
    assert overfull == 0


def test_a_failed_run(browser, shop_dashboards, filled_home):
    browser.sign_in(shop_dashboards)
    browser.open(f"/runs/{filled_home.failed}")
    assert "Orders are no good" in browser.one(".failures").text
    browser.check()


def test_hostile_names_are_text(browser, shop_dashboards, filled_home):
    browser.sign_in(shop_dashboards)
    for path in (
        f"/runs/{quote(filled_home.hostile_run, safe='')}",
        f"/pipelines/{quote(filled_home.hostile_pipeline, safe='')}",
        "/pipelines",
        f"/runs/{filled_home.failed}/tasks/read-orders",
    ):
        browser.open(path)
        assert browser.all("main img") == []
        browser.check()


def test_pipelines(browser, shop_dashboards):
    browser.sign_in(shop_dashboards)
    browser.open("/pipelines")
    browser.check()
    browser.one('a[href="/pipelines/shop"]').click()
    browser.wait(lambda: "Pipeline shop" in heading(browser))
    assert len(browser.all("rect.bar")) == 4
    browser.check()


def test_two_runs_are_ticked_and_compared(browser, shop_dashboards, filled_home):
    browser.sign_in(shop_dashboards)
    browser.open("/runs")
    for run_id in (filled_home.first, filled_home.second):
        browser.one(f'input[value="{run_id}"]').click()
    browser.one("form[action='/compare'] button").click()
    browser.wait(lambda: heading(browser) == "Compare runs")
    assert [one.get_attribute("value") for one in browser.all("main input[name=run]")][:2] == [
        filled_home.first, filled_home.second,
    ]  # fmt: skip
    assert "differs" in browser.text
    browser.check()


def test_a_run_goes_on_under_the_eyes_of_who_looks(browser, dashboards, workshop, event, task, pipeline):
    folder = workshop.run("r1", [event.run_started, event.started("train")])
    workshop.spec("r1", pipeline({"train": task("train"), "push": task("push", after=["train"])}))
    log = workshop.log("r1", "train", b"epoch 1\n")
    browser.sign_in(dashboards(workshop.home))
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        browser.open("/runs/r1")
        assert len(browser.all("#run-graph a.running")) == 1
        workshop.write("r1", [event.ended("train"), event.started("push")])
        browser.wait(lambda: browser.all("#run-graph a.succeeded"))
        assert len(browser.all("#run-graph a.running")) == 1
        browser.open("/runs/r1/tasks/push/log")
        browser.open("/runs/r1/tasks/train/log")
        workshop.write("r1", [event.started("train", attempt=2)])
        browser.open("/runs/r1/tasks/train/log")
        log.write_bytes(b"epoch 1\nepoch 2\n")
        browser.wait(lambda: "epoch 2" in browser.script("return document.body.textContent"))
        browser.open("/runs/r1")
    workshop.write("r1", [event.ended("train"), event.ended("push"), event.run_finished("SUCCEEDED")])
    browser.wait(lambda: len(browser.all("#run-graph a.succeeded")) == 2)
    assert browser.one("#run-live").get_attribute("hx-get") is None
    assert len(browser.all("#run-graph")) == 1
    browser.check()


@pytest.fixture(autouse=True)
def _needs_axe():
    from pathlib import Path

    if not (Path(__file__).resolve().parents[1] / "axe" / "axe.min.js").is_file():
        pytest.skip("axe-core is not there")
