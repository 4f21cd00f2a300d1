"""A home that a real pipeline has filled, the dashboards as a real server over it, and a real browser to look with."""

from __future__ import annotations

import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.runner import Home

HERE = Path(__file__).resolve().parent
SHOP = HERE / "shop"

TAGS = "<script>alert('tags')</script><img src=x onerror=alert(1)>\"'&amp;"
LONG = "long-" + "x" * 9_995
RIGHT_TO_LEFT = "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 evil\u202c"
NAME = "<img src=x onerror=alert(1)><b>\"'&amp;%2F?#"
"""Of a pipeline, a run or a task: those are parts of paths, and so without a slash."""
HOSTILE = {"tags": TAGS, "long": LONG, "right-to-left": RIGHT_TO_LEFT}
"""What somebody may write wherever a name, a parameter or a line of a log stands."""


@dataclass(frozen=True)
class FilledHome:
    """A home with four real runs of the pipeline `shop`, and a recorded run whose every text is hostile.

    `first` and `second` succeeded (spans 1 and 2; the second is blessed), `again` is the second from the cache,
    `failed` failed in its step `fit`; its parameters, its log and its error hold hostile text.
    """

    home: Home
    first: str
    second: str
    again: str
    failed: str
    hostile_pipeline: str
    hostile_run: str


@pytest.fixture(scope="session")
def shop() -> Iterator[Any]:
    """The compiled pipeline `shop`, as `prepare_pipeline` would give it."""
    from google.protobuf.json_format import MessageToDict

    from shipway.runner import CompiledPipeline
    from shipway.runner.compile_worker import make_record

    sys.path.insert(0, str(SHOP))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shop_pipelines
    spec = MessageToDict(shop_pipelines.shop.pipeline_spec)
    record = {"target": "shop", "spec": spec, "platform": {}, "folders": [str(SHOP)]}
    yield CompiledPipeline.from_record(make_record(record, [str(SHOP / "shop_pipelines.py")]))
    sys.path.remove(str(SHOP))


@pytest.fixture(scope="session")
def fill_home(shop: Any) -> Callable[[Path], FilledHome]:
    """Fills a home of a test's own, for tests that change something; `filled_home` is there for those that look."""
    from shipway.runner import run_pipeline

    def fill(path: Path) -> FilledHome:
        home = Home(path)
        hostile = " ".join(HOSTILE.values())
        runs = {
            "shop-first": {"span": 1, "auc": 0.7},
            "shop-second": {"span": 2, "epochs": 30},
            "shop-again": {"span": 2, "epochs": 30},
            "shop-failed": {"span": 3, "note": hostile, "reason": f"Orders are no good: {hostile}"},
        }
        for run_id, parameters in runs.items():
            run_pipeline(shop, parameters, home=home, run_id=run_id)
        with Lineage.open(home.metadata_db) as lineage:
            record_hostile(lineage)
        return FilledHome(home, *runs, NAME, f"run {NAME}")

    return fill


@pytest.fixture(scope="session")
def filled_home(fill_home: Callable[[Path], FilledHome], tmp_path_factory: pytest.TempPathFactory) -> FilledHome:
    """A filled home to look at; no test changes it."""
    return fill_home(tmp_path_factory.mktemp("filled") / "home")


def record_hostile(lineage: Lineage) -> None:
    """A run as a cluster would record it: nothing of it lies in the home, and every text of it is hostile."""
    task = TaskIdentity(NAME, f"run {NAME}", RIGHT_TO_LEFT, TAGS)
    rows = ArtifactRecord("Examples", f"/nowhere/{TAGS}", {"span": 9, "note": LONG}, "digest-of-rows", LONG)
    model = ArtifactRecord("Model", f"/nowhere/{RIGHT_TO_LEFT}", {TAGS: RIGHT_TO_LEFT}, "digest-of-model", TAGS)
    parameters = {**HOSTILE, TAGS: 1}
    first = lineage.begin(task, {}, parameters, "key-1")
    lineage.complete(first, {"examples": [rows]}, {"said": TAGS})
    second = lineage.begin(replace(task, task=NAME), {TAGS: [rows]}, parameters, "key-2")
    lineage.complete(second, {RIGHT_TO_LEFT: [model]}, {TAGS: LONG})
    third = lineage.begin(replace(task, task="fails"), {"model": [model]}, {}, "key-3")
    lineage.fail(third, " ".join(HOSTILE.values()))


@dataclass(frozen=True)
class Dashboards:
    """A running server. `url` has no slash at its end; `token` opens it to an operator, `viewer_token` to a viewer."""

    url: str
    token: str
    viewer_token: str
    app: Any

    @contextmanager
    def client(self, token: str | None = None) -> Iterator[Any]:
        """An httpx client that has signed in: as an operator, or with this token; "" for nobody."""
        import httpx

        with httpx.Client(base_url=self.url, trust_env=False) as client:
            chosen = self.token if token is None else token
            if chosen:
                assert client.get("/sign-in", params={"token": chosen}).status_code == 303
            yield client


def csrf_of(page: str) -> str:
    """The token of the first form of a page."""
    return re.findall(r'name="csrf" value="([^"]+)"', page)[0]


@pytest.fixture(scope="session", name="csrf_of")
def csrf_of_fixture() -> Callable[[str], str]:
    return csrf_of


@pytest.fixture(scope="session")
def dashboards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Dashboards]]:
    """Serves a home: `dashboards(home)`; the same home and options give the same server. They stop with the session."""
    running: dict[Any, Dashboards] = {}
    tokens = tmp_path_factory.mktemp("tokens")
    files = {role: tokens / role for role in ("viewer", "operator")}
    for role, file in files.items():
        file.write_text(f"the-token-of-{role}s-in-tests\n")
    with ExitStack() as stack:

        def serve(home: Home | Path, **options: Any) -> Dashboards:
            path = home.path if isinstance(home, Home) else home
            key = (path, repr(sorted(options.items())))
            if key not in running:
                named = {"token_file": files["viewer"], "operator_token_file": files["operator"]}
                running[key] = stack.enter_context(_serving(path, {**named, **options}))
            return running[key]

        yield serve


@contextmanager
def _serving(home: Path, chosen: dict[str, Any]) -> Iterator[Dashboards]:
    """A server in a thread, for as long as the block lasts."""
    from uvicorn import Server

    from shipway.dashboards.app import create_app
    from shipway.dashboards.options import DashboardOptions
    from shipway.dashboards.server import uvicorn_config
    from shipway.endpoint.listening import listening_socket

    with listening_socket("The dashboards", "127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        options = DashboardOptions(home, port=port, **chosen)
        app = create_app(options)
        server = Server(uvicorn_config(app, options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        tokens = app.state.doors.tokens
        scheme = "https" if options.tls_cert_file else "http"
        opens = {role: tokens.of_role(role) or "" for role in ("operator", "viewer")}
        try:
            yield Dashboards(f"{scheme}://127.0.0.1:{port}", opens["operator"], opens["viewer"], app)
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def shop_dashboards(dashboards: Callable[..., Dashboards], filled_home: FilledHome) -> Dashboards:
    """The dashboards of `filled_home`."""
    return dashboards(filled_home.home)


# A real browser.

SCREENSHOTS = HERE.parents[2] / "docs" / "images"
AXE = HERE / "axe" / "axe.min.js"
SERIOUS = ("serious", "critical")
DESK, PHONE = (1280, 900), (360, 780)


@dataclass
class Browser:
    """Chromium, headless; `driver` is selenium's."""

    driver: Any
    url: str = ""

    def sign_in(self, served: Dashboards, token: str | None = None) -> None:
        """Begin anew as an operator, or with this token ("" for nobody)."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.url = served.url
        chosen = served.token if token is None else token
        self.driver.get(f"{served.url}/sign-in?token={chosen}" if chosen else f"{served.url}/sign-in")
        self.logs()

    def open(self, path: str) -> None:
        """Go to a page, and wait until its scripts have run."""
        self.driver.get(self.url + path)
        self.wait(lambda: True)

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    def wait(self, condition: Callable[[], Any], seconds: float = 10) -> Any:
        """Until a whole page is there and `condition` gives something true, which is returned."""
        from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        passing = (NoSuchElementException, StaleElementReferenceException)
        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.05, ignored_exceptions=passing)
        return waiting.until(lambda _: self.script("return document.readyState") == "complete" and condition())

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    @property
    def text(self) -> str:
        return self.one("body").text

    def size(self, width: int, height: int) -> None:
        """The size of the page's viewport in CSS pixels, also below the least width of a window."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def dark(self, wanted: bool = True) -> None:
        feature = {"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def logs(self) -> tuple[list[str], list[str]]:
        """What the console said, and the addresses that were asked for, since the last look."""
        import json

        said = [f"{one['level']} {one['message']}" for one in self.driver.get_log("browser")]
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return said, asked

    def assert_clean(self, status: int = 200) -> None:
        """No word in the console (errors, refusals of the content policy), no request to anywhere else.

        Of a page whose own status is no 200 Chromium itself says one word.
        """
        said, asked = self.logs()
        told = [line for line in said if line.startswith(("SEVERE", "WARNING"))]
        assert [line for line in told if status == 200 or f"status of {status}" not in line] == []
        assert [one for one in asked if not one.startswith((f"{self.url}/", "data:"))] == []

    def assert_accessible(self) -> None:
        """axe-core has no serious or critical finding."""
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']})"
            ".then(found => done(found.violations), fault => done([{id: String(fault)}]));"
        )
        told = [
            f"{one['id']} ({one.get('impact')}): {one.get('help')}: {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in found
            if one.get("impact", "serious") in SERIOUS
        ]
        assert told == []

    def assert_fits(self) -> None:
        """The page itself does not scroll sideways; tables and drawings scroll inside themselves."""
        width, shown = self.script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= shown

    def check(self, status: int = 200) -> None:
        """All of the above, on a desk in light and dark and on a phone."""
        self.assert_accessible()
        self.assert_fits()
        self.dark()
        self.assert_accessible()
        self.dark(False)
        self.size(*PHONE)
        self.assert_fits()
        self.assert_accessible()
        self.size(*DESK)
        self.assert_clean(status)

    def screenshot(self, name: str, height: int = 900) -> None:
        """`docs/images/<name>.png`, where SHIPWAY_SCREENSHOTS asks for pictures."""
        if os.environ.get("SHIPWAY_SCREENSHOTS"):
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            self.size(DESK[0], height)
            self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))
            self.size(*DESK)


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from shutil import which

    browser, driver = which("chromium"), which("chromedriver")
    if not browser or not driver:
        pytest.skip("there is no browser: install Debian's chromium and chromium-driver to run these tests")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    profile = tmp_path_factory.mktemp("chromium")
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
        f"--user-data-dir={profile}", f"--window-size={DESK[0]},{DESK[1]}", "--force-prefers-reduced-motion",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=driver)
    opened = webdriver.Chrome(options=options, service=service)
    opened.set_script_timeout(60)
    opened.set_page_load_timeout(60)
    yield opened
    opened.quit()


@pytest.fixture
def browser(_chromium: Any) -> Browser:
    """Chromium on a desk, in light colours, signed in nowhere. One for all tests of a process."""
    opened = Browser(_chromium)
    opened.size(*DESK)
    opened.dark(False)
    _chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    opened.logs()
    return opened
