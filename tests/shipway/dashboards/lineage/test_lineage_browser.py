"""Artifacts and lineage in a real browser: by click and by keyboard, on a phone and in the dark."""

from __future__ import annotations

from typing import Any


def newest(browser: Any, kind: str) -> str:
    """The address of the newest artifact of a type, found by the search."""
    browser.wait(lambda: (browser.open(f"/artifacts?type={kind}"), "still being read" not in browser.text)[1])
    return str(browser.one("tbody th a").get_attribute("href"))


def test_search_artifact_and_graph(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    newest(browser, "Model")
    browser.one("input[name=q]").send_keys("shop-second", "\n")
    browser.wait(lambda: "q=shop-second" in browser.script("return location.search"))
    browser.check()
    browser.screenshot("artifacts")
    browser.one("tbody th a").click()
    browser.wait(lambda: browser.all("#made-by"))
    browser.check()
    browser.one(".actions a.button").click()
    browser.wait(lambda: browser.all("svg.lineage"))
    assert browser.all(".vertex.root")
    browser.check()
    browser.one(".legend a").click()
    place = "const box = document.getElementById('centre').getBoundingClientRect(); return [box.left, box.right]"
    browser.wait(lambda: browser.script(place)[0] >= 0 and browser.script(place)[1] <= 1280)
    before = browser.script("return location.pathname")
    other = next(
        one
        for one in browser.all("svg a")
        if "/lineage/" in one.get_dom_attribute("href") and not one.find_elements("css selector", ".root")
    )
    browser.script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", other)
    other.click()
    browser.wait(lambda: browser.script("return location.pathname") != before)
    browser.wait(lambda: browser.script(place)[0] >= 0 and browser.script(place)[1] <= 1280)
    browser.assert_clean()


def test_the_graph_by_keyboard(browser: Any, shop_dashboards: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.sign_in(shop_dashboards)
    address = newest(browser, "Model")
    browser.open(address.removeprefix(browser.url).replace("/artifacts/", "/lineage/"))
    before = browser.driver.current_url
    link = next(one for one in browser.all("svg a") if not one.find_elements("css selector", ".root"))
    browser.script("arguments[0].focus()", link)
    assert browser.script("return document.activeElement.tagName.toLowerCase()") == "a"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.wait(lambda: browser.driver.current_url != before)


def test_story_and_models(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    newest(browser, "Model")
    browser.open("/artifacts?type=Model&q=shop-second")
    address = str(browser.one("tbody th a").get_attribute("href")).removeprefix(browser.url)
    browser.open(address.replace("/artifacts/", "/lineage/") + "/story")
    assert browser.all("#code")
    browser.check()
    browser.screenshot("story")
    address = newest(browser, "Examples").removeprefix(browser.url).replace("/artifacts/", "/lineage/")
    browser.open(f"{address}/models")
    assert browser.one("h1").text.startswith("Models that saw")
    browser.check()


def test_on_a_phone_the_table_is_there_instead(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    address = newest(browser, "Model").removeprefix(browser.url).replace("/artifacts/", "/lineage/")
    browser.size(360, 780)
    browser.open(address)
    assert not browser.one("svg.lineage").is_displayed()
    assert browser.one(".vertices table").is_displayed()
    browser.assert_fits()


def test_a_large_drawing_begins_with_its_subject(browser: Any, shop_dashboards: Any) -> None:
    browser.sign_in(shop_dashboards)
    newest(browser, "Model")
    browser.open("/artifacts?type=Model&q=shop-second")
    address = str(browser.one("tbody th a").get_attribute("href")).removeprefix(browser.url)
    browser.size(700, 150)
    browser.open(address.replace("/artifacts/", "/lineage/") + "?fold=none")
    panel = "const panel = document.querySelector('[data-subject]');"
    hidden = "return [panel.scrollWidth - panel.clientWidth, panel.scrollHeight - panel.clientHeight]"
    assert min(browser.script(panel + hidden)) > 0, "it is larger than its panel"
    places = (
        f"{panel} return [panel, document.getElementById('centre')].map(one => one.getBoundingClientRect())"
        ".map(one => [one.left, one.right, one.top, one.bottom])"
    )
    (left, right, top, bottom), (begin, end, first, last) = browser.script(places)
    assert left <= begin < end <= right
    assert top <= first < last <= bottom
    browser.assert_clean()
