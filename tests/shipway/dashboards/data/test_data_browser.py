"""The pages of data in a real browser: clicked through, on a phone and in the dark, without a word in the console."""

from __future__ import annotations

import pytest


@pytest.fixture
def open_browser(browser, dashboards, three_spans):
    browser.sign_in(dashboards(three_spans.data.home))
    return browser


def heading(browser):
    return browser.script("return (document.querySelector('h1') || document.body).textContent.trim()")


def test_from_the_list_to_the_statistics_and_back_to_the_rows(open_browser):
    browser = open_browser
    browser.open("/data")
    assert browser.one(".top nav a[aria-current=page]").text == "Data"
    browser.check()
    browser.one("main tbody tr th a").click()
    browser.wait(lambda: heading(browser) == "Statistics of span 2")
    assert len(browser.all("table.features svg.small-chart")) > 10
    browser.check()
    browser.one(".facts a[href$='/models']").click()
    browser.wait(lambda: heading(browser).startswith("Models that saw"))


def test_two_spans_are_held_against_each_other(open_browser, three_spans):
    from selenium.webdriver.support.ui import Select

    browser = open_browser
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.statistics]
    browser.open(f"/data/{ids[2]}")
    Select(browser.one("select[name=against]")).select_by_value(str(ids[0]))
    browser.one("form.filters button").click()
    browser.wait(lambda: browser.all(".comparison"))
    assert f"against={ids[0]}" in browser.script("return location.search")
    first = browser.one("table.features tbody")
    assert first.find_elements("css selector", "rect.filled")
    assert first.find_elements("css selector", "rect.outlined")
    fill, stroke = browser.script(
        "return ['.filled', '.outlined'].map(name => document.querySelector('table.features rect' + name))"
        ".map((one, place) => getComputedStyle(one)[place ? 'stroke' : 'fill'])"
    )
    assert fill != stroke
    browser.check()
    Select(browser.one("select[name=chart]")).select_by_value("quantiles")
    browser.one("input[name=log]").click()
    browser.one("form.filters button").click()
    browser.wait(lambda: "chart=quantiles" in browser.script("return location.search"))
    browser.check()


def test_numbers_of_a_chart_by_keyboard(open_browser, three_spans):
    from selenium.webdriver.common.keys import Keys

    browser = open_browser
    browser.open(f"/data/{three_spans.data.id_of(three_spans.recorded.statistics[2])}?find=paid")
    browser.one("details.numbers summary").send_keys(Keys.ENTER)
    browser.wait(lambda: browser.one("details.numbers table").is_displayed())
    assert [one.text for one in browser.all("details.numbers tbody th")] == ["card", "cash", "free"]
    browser.check()


def test_charts_stay_in_their_cells(open_browser, three_spans):
    browser = open_browser
    ids = [three_spans.data.id_of(one) for one in three_spans.recorded.statistics]
    browser.open(f"/data/{ids[2]}?against={ids[0]}")
    outside = browser.script(
        "return [...document.querySelectorAll('table.features svg.small-chart[role=img]')].flatMap(chart => {"
        " const room = chart.getBoundingClientRect();"
        " return [...chart.querySelectorAll('rect, text')].map(one => one.getBoundingClientRect())"
        "  .filter(box => box.left < room.left - 2 || box.right > room.right + 2 || box.bottom > room.bottom + 2)"
        "  .map(box => [box.left - room.left, box.right - room.right, box.bottom - room.bottom]) })"
    )
    assert outside == []


def test_anomalies_and_drift(open_browser):
    browser = open_browser
    browser.open("/data/pipeline/trips/drift")
    assert len(browser.all("#drift ~ figure g.line")) >= 3 or len(browser.all("figure svg g.line")) >= 3
    browser.check()
    browser.one("details.choices summary").click()
    browser.one("input[name=feature][value=paid]").click()
    browser.one("form.filters button").click()
    browser.wait(lambda: "feature=paid" in browser.script("return location.search"))
    assert len(browser.all("figure svg[role=group] g.line")) == 1
    assert {one.text for one in browser.all("#anomalies ~ div tbody td:nth-child(2)")} == {"paid"}
    browser.check()
    browser.one("figure svg a").click()
    browser.wait(lambda: heading(browser).startswith("Statistics of span"))


def test_the_schema_and_its_history(open_browser):
    browser = open_browser
    browser.open("/data/pipeline/trips/schema")
    assert "curated, from curated.pbtxt" in browser.text
    browser.check()
    browser.all("#history ~ div tbody th a")[-1].click()
    browser.wait(lambda: "version=" in browser.script("return location.search"))
    assert "There is none before it" in browser.text
    browser.check()


def test_damaged_files_are_told(browser, dashboards, own_spans):
    file = own_spans.data.file_of(own_spans.recorded.statistics[1])
    file.write_bytes(b"torn")
    browser.sign_in(dashboards(own_spans.data.home))
    browser.open(f"/data/{own_spans.data.id_of(own_spans.recorded.statistics[1])}")
    assert str(file) in browser.one(".problem").text
    browser.check()
