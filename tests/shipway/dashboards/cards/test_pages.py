"""The card over HTTP and in a real browser: as a page, as Markdown, of models with anything in their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord
from shipway.lineage.reviews import record_review

TAGS = "<script>alert('tags')</script><img src=x onerror=alert(1)>\"'&amp;|`"
LONG = "long-" + "x" * 9_995
TURNED = "\u202e\u05e9\u05dc\u05d5\u05dd evil\u202c"


@pytest.fixture
def client(cards: Any, dashboards: Callable[..., Any]) -> Iterator[Any]:
    with dashboards(cards.home).client() as opened:
        yield opened


def hostile(cards: Any) -> int:
    """A model of which every text is hostile; its id."""
    texts = f"{TAGS} {TURNED} {LONG}"
    model = cards.train(model_card={"intended_use": f"{texts}\nsecond line", "owners": texts, TAGS: TAGS})
    cards.look(wrong={TAGS: TURNED, LONG: TAGS})
    cards.judge(metrics={TAGS: 0.5, LONG: 0.25, "auc": 0.1}, label=TAGS,
                worst_slices={"auc": [{"slice": texts, "value": 0.1, "rows": 50}]})  # fmt: skip
    cards.push(pushed_version=TAGS, pushed_destination=texts)
    record_review(cards.queries.service, model, False, TAGS, texts)
    return int(model)


def test_a_card_as_page_and_as_markdown(cards: Any, client: Any) -> None:
    model = cards.train(model_card={"intended_use": "To plan."})
    page = client.get(f"/models/{model}/card")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for text in ("To plan.", "taxi, Model 2", 'id="training-data"', "Nobody wrote down", f"/models/{model}/card.md"):
        assert text in page.text
    answer = client.get(f"/models/{model}/card.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "content-disposition" not in answer.headers
    assert answer.text.startswith("# Model card: taxi, Model 2\n")
    assert "To plan." in answer.text


def test_hostile_texts_are_text(cards: Any, client: Any) -> None:
    model = hostile(cards)
    page = client.get(f"/models/{model}/card")
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert "<script>alert" not in page.text
    answer = client.get(f"/models/{model}/card.md")
    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "\u202e" not in answer.text


def test_what_has_no_card(cards: Any, client: Any) -> None:
    cards.train()
    for path in ("/models/1/card", "/models/1/card.md", "/models/99/card", "/models/x/card.md", "/models/-1/card"):
        assert client.get(path).status_code == 404, path
    assert "no model card" in client.get("/models/1/card").text


def test_where_nothing_has_run(tmp_path: Path, dashboards: Callable[..., Any]) -> None:
    with dashboards(tmp_path / "empty").client() as client:
        for path in ("/models/1/card", "/models/1/card.md"):
            answer = client.get(path)
            assert (answer.status_code, "Nothing has run here yet" in answer.text) == (404, True)


def test_files_outside_the_home_are_not_read(cards: Any, client: Any) -> None:
    model = cards.train()
    rows = cards.record("run-1", "rows", "Examples")
    cards.task(
        "run-1", "statistics_gen", {"examples": rows}, {"statistics": ArtifactRecord("ExampleStatistics", "/etc")}
    )
    page = client.get(f"/models/{model}/card")
    assert (page.status_code, "are not shown" in page.text) == (200, True)


def test_in_a_browser(browser: Any, cards: Any, dashboards: Callable[..., Any]) -> None:
    model = hostile(cards)
    browser.sign_in(dashboards(cards.home))
    browser.open(f"/models/{model}/card")
    assert browser.all("main img") == []
    assert browser.one("h1").text == "Model card: taxi, Model 2"
    browser.check()
    browser.one('nav.contents a[href="#limits"]').click()
    browser.wait(lambda: browser.script("return location.hash") == "#limits")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.one("nav.contents").is_displayed()
    assert not browser.one("header.top").is_displayed()
    browser.assert_fits()
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
