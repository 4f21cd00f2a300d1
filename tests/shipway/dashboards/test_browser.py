"""The foundation in a real browser: signing in, the first page, errors; by keyboard, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_signing_in_and_out(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards, "")
    browser.open("/audit")
    assert browser.one("h1").text == "Sign in"
    assert browser.script("return document.activeElement.id") == "token"
    browser.check()
    browser.one("#token").send_keys("a wrong token")
    browser.one(".sign-in button").click()
    browser.wait(lambda: "opens nothing here" in browser.one("[role=alert]").text)
    browser.check(status=403)
    browser.one("#token").send_keys(shop_dashboards.token, "\n")
    browser.wait(lambda: browser.one("h1").text == "Audit log")
    assert "token" not in browser.script("return location.href")
    browser.one(".person button").click()
    browser.wait(lambda: browser.one("h1").text == "Sign in")
    browser.open("/")
    assert browser.one("h1").text == "Sign in"


def test_a_link_on_another_site(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    browser.driver.get(f"data:text/html,<a id=link href='{shop_dashboards.url}/audit'>look</a>")
    browser.one("#link").click()
    browser.wait(lambda: browser.all("h1") and browser.one("h1").text == "Audit log")


def test_the_first_page(browser: Any, shop_dashboards: Any, filled_home: Any) -> None:
    browser.sign_in(shop_dashboards)
    browser.open("/")
    named = [one.text for one in browser.all(".top nav a")]
    assert named == ["Overview", "Pipelines", "Runs", "Data", "Models", "Serving", "Artifacts", "Audit log"]
    assert browser.one(".top nav a[aria-current=page]").text == "Overview"
    assert filled_home.failed in browser.text
    assert browser.all("img") == []
    times = browser.all("time[data-relative]")
    assert times
    assert all(one.text.endswith(("ago", "now")) and one.get_attribute("title") for one in times)
    browser.check()


def test_by_keyboard(browser: Any, shop_dashboards: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.sign_in(shop_dashboards)
    browser.open("/")
    ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    focused = browser.script("return document.activeElement.className")
    assert focused == "skip"
    assert browser.script("return document.activeElement.getBoundingClientRect().top") >= 0
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    browser.wait(lambda: browser.script("return document.activeElement.id") == "content")
    ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    outline = browser.script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [("/no/such/page", 404, "Not found"), ("/audit", 403, "Not allowed")],
    ids=["unknown", "forbidden"],
)
def test_errors_have_a_way_on(browser: Any, shop_dashboards: Any, path: str, status: int, title: str) -> None:
    browser.sign_in(shop_dashboards, shop_dashboards.viewer_token)
    browser.open(path)
    assert browser.one("h1").text == title
    browser.check(status)
    browser.one(".ways a").click()
    browser.wait(lambda: browser.one("h1").text == "Overview")


def test_a_home_in_which_nothing_has_run(browser: Any, dashboards: Callable[..., Any], tmp_path: Path) -> None:
    browser.sign_in(dashboards(tmp_path))
    browser.open("/")
    assert "shipway run flights" in browser.text
    browser.check()


def test_the_audit_log(browser: Any, dashboards: Callable[..., Any], tmp_path: Path) -> None:
    from shipway.dashboards.audit import AuditLog
    from shipway.dashboards.people import Person

    log, ada = AuditLog(tmp_path / "audit.jsonl"), Person("ada@example.com", "operator", "192.0.2.1")
    for number in range(3):
        log.append(ada, "resume", f"shop-{number}", "the data was fixed " * 40)
    browser.sign_in(dashboards(tmp_path))
    browser.open("/audit")
    assert browser.one("tbody tr td:nth-child(6)").text == "shop-2"
    browser.check()


def test_nothing_is_asked_of_others_and_nothing_inline_runs(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    browser.open("/")
    ran = browser.script(
        "const one = document.createElement('script'); one.textContent = 'window.inlineRan = 1';"
        "document.body.append(one); const {allowEval, includeIndicatorStyles} = window.htmx.config;"
        "return [window.inlineRan, allowEval, includeIndicatorStyles]"
    )
    assert ran == [None, False, False]


def test_a_live_part_that_fails_says_so(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    browser.open("/")
    ask = "htmx.ajax('GET', arguments[0], {target: '#content', swap: 'none'})"
    browser.script(ask, "/no/such/part")
    browser.wait(lambda: "cannot be brought up to date (404)" in browser.one("#notice").text)
    browser.assert_accessible()
    browser.script(ask, "/audit")
    browser.wait(lambda: not browser.one("#notice").is_displayed())
    browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.script(ask, "/audit")
    browser.wait(lambda: browser.one("h1").text == "Sign in")
