"""Every link of every page, followed; and a page of every kind in a real browser.

With `SHIPWAY_SCREENSHOTS=HOME`, the home of a pipeline that really ran, the pages are of that home, and their pictures
go to `docs/images/`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

MOST_PAGES = 600
LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')
FOREIGN = {"img", "b", "i", "style", "iframe", "object", "embed", "base"}
"""Elements that no page has of its own."""

PICTURES = {
    "/": ("overview", 820),
    "/runs/{run:path}": ("run", 1300),
    "/artifacts/{artifact_id}": ("artifact", 900),
    "/lineage/{artifact_id}": ("lineage", 900),
    "/data/{artifact_id}": ("statistics", 1300),
    "/models/{artifact_id}": ("model", 1500),
    "/models/{artifact_id}/card": ("card", 1300),
}
"""The kinds of pages whose pictures the documents show, each with its name and height."""


class Markup(HTMLParser):
    """What a browser would make of a page: what is not the site's own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        inline = [name for name in values if name.startswith("on") or name == "style"]
        leads = values.get("href", values.get("src", "/"))
        script = tag == "script" and not values.get("src", "").startswith("/static/")
        if tag in FOREIGN or inline or script or not leads.startswith(("/", "#", "?")):
            self.foreign.append(self.get_starttag_text() or tag)


def links(page: str, address: str) -> set[str]:
    """What a page links to, without what leads to a place inside a page."""
    found = (urljoin(address, unescape(href)).partition("#")[0] for href in LINK.findall(page))
    return {one for one in found if not urlsplit(one).netloc}


def kind(app: Any, address: str) -> str:
    """The path of the route that answers an address."""
    from starlette.routing import Match

    scope = {"type": "http", "method": "GET", "path": re.sub("%2F", "/", urlsplit(address).path), "headers": []}
    return next((route.path for route in app.routes if route.matches(scope)[0] == Match.FULL), "")


def follow(served: Any) -> dict[str, str]:
    """Every page that can be come to from the first one, by its address."""
    found: dict[str, str] = {}
    with served.client() as client:
        waiting = ["/"]
        while waiting and len(found) < MOST_PAGES:
            address = waiting.pop(0)
            answer = client.get(address)
            assert answer.status_code == 200, f"{address} is dead: {answer.status_code}"
            found[address] = answer.text if "html" in answer.headers["content-type"] else ""
            fresh = links(found[address], address) - found.keys() - set(waiting)
            waiting += sorted(fresh)
    return found


def test_no_link_is_dead_and_no_text_is_markup(shop_dashboards: Any) -> None:
    pages = follow(shop_dashboards)
    assert len(pages) > 20
    for address, page in pages.items():
        assert Markup(page).foreign == [], address


@pytest.fixture(scope="module")
def flights_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the flights pipeline ran for two months, one after the other."""
    folder = tmp_path_factory.mktemp("flights")
    environment = {**os.environ, "SHIPWAY_HOME": str(folder / "home")}
    for span in ("1", "2"):
        command = [sys.executable, "-m", "shipway.cli", "run", "flights", "--param", f"spans={span}"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "home"


def look_at_every_kind(browser: Any, served: Any, pictures: bool = False) -> set[str]:
    """Look at a page of every kind that can be come to; the kinds."""
    kinds: dict[str, str] = {}
    for address, page in follow(served).items():
        if page:
            kinds.setdefault(kind(served.app, address), address)
    browser.sign_in(served)
    for path, address in kinds.items():
        browser.open(address)
        browser.check()
        if pictures and path in PICTURES:
            browser.screenshot(*PICTURES[path])
    return set(kinds)


def test_a_page_of_every_kind(browser: Any, dashboards: Callable[..., Any], filled_home: Any) -> None:
    real = Path(os.environ.get("SHIPWAY_SCREENSHOTS", "-"))
    home = real if real.is_dir() else filled_home.home
    assert look_at_every_kind(browser, dashboards(home), pictures=real.is_dir()) >= {"/", "/audit"}


@pytest.mark.tensorflow
def test_a_page_of_every_kind_over_real_flights(
    browser: Any, dashboards: Callable[..., Any], flights_home: Path
) -> None:
    served = dashboards(flights_home, inference_log=flights_home.parent / "logged")
    assert look_at_every_kind(browser, served) >= {
        "/", "/pipelines", "/runs", "/runs/{run:path}", "/data", "/data/{artifact_id}", "/models",
        "/models/{artifact_id}", "/models/{artifact_id}/card", "/serving", "/artifacts", "/artifacts/{artifact_id}",
        "/lineage/{artifact_id}", "/lineage/{artifact_id}/story", "/lineage/{artifact_id}/models", "/audit",
    }  # fmt: skip
