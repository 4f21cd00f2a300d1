"""The pages of serving in a real browser: by click and by keyboard, on a phone, in the dark, while things change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shipway.dashboards.serving.endpoints import Endpoint

STABLE = "1795291250"


@pytest.fixture(scope="module")
def told(dashboards: Callable[..., Any], tasted: Any, long_flights_server: Any) -> Any:
    alert = {
        "labels": {"alertname": "ShipwayServingErrors", "severity": "warning", "model": "flights"},
        "annotations": {"summary": "The model server fails requests.", "runbook_url": "docs/monitoring.md"},
        "state": "firing",
        "activeAt": "2026-11-22T01:00:00Z",
    }
    long_flights_server.says("/api/v1/alerts", {"data": {"alerts": [alert]}})
    long_flights_server.says("/api/v1/rules", {"data": {"groups": [{"rules": [{"name": "a", "health": "ok"}]}]}})
    endpoint = long_flights_server.endpoint()
    return dashboards(
        tasted.home, servers=(endpoint, Endpoint("gone", "http://127.0.0.1:9")), prometheus=endpoint,
        inference_log=tasted.log.folder,
    )  # fmt: skip


def test_from_what_is_served_to_a_model_and_its_lineage(browser: Any, told: Any) -> None:
    browser.sign_in(told)
    browser.open("/")
    browser.one('.top nav a[href="/serving"]').click()
    browser.wait(lambda: browser.one("h1").text == "Serving")
    browser.wait(
        lambda: (browser.open("/serving"), browser.all("#served-part tbody tr") and browser.all(".alerts li"))[1]
    )
    assert "ShipwayServingErrors" in browser.one(".alerts").text
    browser.check()
    browser.one('#served-part a[href="/serving/flights"]').click()
    browser.wait(lambda: "Model flights" in browser.one("h1").text)
    browser.check()
    browser.one("nav.choices a[href*='window=1h']").click()
    browser.wait(lambda: "window=1h" in browser.script("return location.search"))
    assert browser.one("nav.choices a[aria-current]").text == "1h"
    browser.one("#versions-part a[href$='/story']").click()
    browser.wait(lambda: "/lineage/" in browser.script("return location.pathname"))
    browser.assert_clean()


def test_the_numbers_change_while_somebody_looks(browser: Any, told: Any, long_flights_server: Any) -> None:
    browser.sign_in(told)
    browser.wait(lambda: (browser.open("/serving"), len(browser.all("#served-part tbody tr")) == 2)[1])
    browser.script("document.querySelector('#served-part a').focus()")
    focused = browser.script("return document.activeElement.id")
    assert focused == "served-1"
    index = [{"name": "flights", "version": STABLE, "state": "LOADING", "reason": "It is being warmed."}]
    before = long_flights_server.pages["POST", "/v2/repository/index"]
    long_flights_server.says("/v2/repository/index", index, "POST")
    told.app.state.doors.site.fleet.watches[0].look()
    browser.wait(lambda: "It is being warmed." in browser.one("#served-part").text, 15)
    assert browser.script("return document.activeElement.id") == focused
    assert len(browser.all("#served-part")) == len(browser.all("#serving-live")) == 1
    browser.check()
    long_flights_server.pages["POST", "/v2/repository/index"] = before
    told.app.state.doors.site.fleet.watches[0].look()


def test_drift_comes_when_it_is_there_and_is_chosen_by_kind(browser: Any, told: Any) -> None:
    browser.sign_in(told)
    browser.open("/serving/taste")
    browser.wait(lambda: browser.all("#drift tbody tr"))
    rows = [one.text for one in browser.all("#drift .scroll tbody th")]
    assert rows == ["sweet", "fruit", "sour"]
    browser.check()
    browser.one("nav[aria-label='Features shown'] a[href*='kind=text']").click()
    browser.wait(lambda: "kind=text" in browser.script("return location.search") and browser.all("#drift tbody tr"))
    assert [one.text for one in browser.all("#drift .scroll tbody th")] == ["fruit"]
    browser.check()


def test_by_keyboard(browser: Any, told: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.sign_in(told)
    browser.wait(lambda: (browser.open("/serving"), browser.all("#served-1"))[1])
    browser.one("#served-1").send_keys(Keys.ENTER)
    browser.wait(lambda: "Model flights" in browser.one("h1").text)
    browser.one("#requests-chart").find_element("xpath", "following-sibling::details/summary").send_keys(Keys.ENTER)
    assert browser.one("#requests-numbers").is_displayed()


def test_without_any_option(browser: Any, dashboards: Callable[..., Any], tasted: Any) -> None:
    browser.sign_in(dashboards(tasted.home))
    browser.open("/serving")
    assert "No model server is configured" in browser.text
    browser.check()
    browser.one("#pushed ~ .scroll a[href='/serving/taste']").click()
    browser.wait(lambda: "Model taste" in browser.one("h1").text)
    browser.check()
