"""The pages of serving: with servers, without any, of models that nobody knows, and of hostile names."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shipway.dashboards.serving.later import Later

STABLE, CANARY = "1795291250", "1795291251"
HOSTILE = (
    "<script>alert('tags')</script><img src=x onerror=alert(1)>\"'&amp;%2F?#",
    "long-" + "x" * 9_995,
    "\u202eevil\u202c",
)


def page_of(client: Any, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:2000]
    text: str = answer.text
    return text


@pytest.fixture(scope="module")
def told(dashboards: Callable[..., Any], tasted: Any, long_flights_server: Any, waited_for: Callable[..., Any]) -> Any:
    """Dashboards that are told of a server, of one that is gone, and of the inference log."""
    endpoints = (long_flights_server.endpoint(), long_flights_server.endpoint("gone"))
    gone = type(endpoints[1])("gone", "http://127.0.0.1:9")
    served = dashboards(tasted.home, servers=(endpoints[0], gone), inference_log=tasted.log.folder)
    with served.client() as client:
        assert waited_for(lambda: "does not answer" in page_of(client, "/serving"))
        assert waited_for(lambda: STABLE in page_of(client, "/serving?part=live"))
    return served


def test_without_any_option_it_is_said_what_to_configure(dashboards: Callable[..., Any], tasted: Any) -> None:
    with dashboards(tasted.home).client() as client:
        text = page_of(client, "/serving")
        assert "No model server is configured, so nobody was asked" in text
        assert "shipway ui --servers http://127.0.0.1:8501" in text
        assert "No Prometheus is configured" in text
        assert "hx-get" not in text
        assert "/models/taste" in text
        assert "no server that is known" in text
        text = page_of(client, "/serving/taste")
        assert "No inference log is configured" in text
        assert "nobody was asked who serves this model" in text
        assert 'href="/artifacts/' in text
        assert page_of(client, "/serving/unknown", 404).count("No model &#39;unknown&#39; is served") == 1


def test_an_empty_home_and_a_store_that_is_damaged(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    with dashboards(tmp_path / "empty").client() as client:
        text = page_of(client, "/serving")
        assert "No model was pushed yet" in text
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "metadata.db").write_bytes(b"this is no database, whatever it is called" * 100)
    with dashboards(tmp_path / "damaged", inference_log=tmp_path / "no log").client() as client:
        assert "Lineage cannot be read: The metadata store" in page_of(client, "/serving")


def test_what_is_served(told: Any, long_flights_server: Any) -> None:
    with told.client() as client:
        text = page_of(client, "/serving")
        served = text[text.index('id="served-part"') : text.index('id="servers"')]
        assert served.count(">flights</a>") == 2
        assert re.search(rf"{CANARY}.*?canary 10 %.*?{STABLE}.*?control 90 %.*?label stable", served, re.DOTALL)
        assert len(re.findall(r"/lineage/\d+/story", served)) == 1
        assert "not known" in served
        assert long_flights_server.url in text
        assert "Shipway 0.1.0" in text
        assert "gone does not answer at http://127.0.0.1:9 (Connection refused)" in text
        part = page_of(client, "/serving?part=live")
        assert "<html" not in part
        assert part.count("hx-swap-oob") == 3
        assert part.count("hx-get") == 1


def test_a_model_and_its_drift(told: Any, waited_for: Callable[..., Any]) -> None:
    with told.client() as client:
        waited_for(lambda: "being compared" not in page_of(client, "/serving/taste"))
        text = page_of(client, "/serving/taste")
        rows = re.findall(r'<th scope="row"><span class="identifier" dir="auto" title="(\w+)">', text)
        assert rows[:3] == ["sweet", "fruit", "sour"]
        assert text.count('class="different"') == 2
        assert "600 rows that version 1 was asked" in text
        assert "has the thresholds" in text
        assert "In training and not in requests: <span" in text
        assert "colour" in text
        numeric = page_of(client, "/serving/taste?kind=numeric&version=1&part=drift")
        waited_for(lambda: "being compared" not in page_of(client, "/serving/taste?version=1&part=drift"))
        numeric = page_of(client, "/serving/taste?kind=numeric&version=1&part=drift")
        assert "<html" not in numeric
        assert 'title="fruit"' not in numeric
        assert 'title="sweet"' in numeric
        waited_for(lambda: "Nothing is logged of version 7" in page_of(client, "/serving/taste?version=7&part=drift"))


def test_a_model_with_traffic(
    told: Any, long_flights_server: Any, metrics_text: str, waited_for: Callable[..., Any]
) -> None:
    watch = told.app.state.doors.site.fleet.watches[0]
    long_flights_server.says("/metrics", metrics_text.replace(" 4047.0", " 4147.0").replace(" 49.0", " 59.0").encode())
    watch.look()
    long_flights_server.says("/metrics", metrics_text.encode())
    with told.client() as client:
        text = page_of(client, "/serving/flights")
        for name in ("requests", "errors", "latency"):
            assert f'id="{name}-chart"' in text
        assert "control: version 1795291250" in text
        assert "Requests a second that were not answered: INVALID_ARGUMENT" in text
        assert "a caller stays with its arm by" in text
        assert "2,215" in text
        assert "The inference log of" in text
        assert "What the servers themselves saw" in text
        assert 'title="hour"' in text
        assert "A point stands for 30.0 s" in text
        assert "?window=6h" not in text
        assert 'aria-current="true">1h</a>' in page_of(client, "/serving/flights?window=1h")
        assert 'aria-current="true">15m</a>' in page_of(client, "/serving/flights?window=7d")
        assert page_of(client, "/serving/flights?part=live").count("hx-swap-oob") == 5
        assert page_of(client, "/serving/flights?part=curves&window=1h").count("hx-swap-oob") == 6
        assert "window=1h" in page_of(client, "/serving/flights?part=curves&window=1h")


def test_addresses_that_nobody_wrote_by_hand(told: Any) -> None:
    with told.client() as client:
        for query in ("window=%00", "kind=<b>", "version=-1", "version=%D9%A3", "part=nothing", "version=" + "9" * 200):
            page_of(client, f"/serving/taste?{query}")
        assert client.get("/serving/taste?window=" + "x" * 300).status_code == 400
        for name in ("%2E%2E%2F%2E%2E%2Ftaste", "%00", "a%2Fb", "x" * 3000, "<b>"):
            answer = client.get(f"/serving/{name if '%' in name else quote(name, safe='')}")
            assert answer.status_code == 404
            assert "<b>" not in answer.text


def test_nobody_without_signing_in(told: Any) -> None:
    with told.client("") as client:
        assert client.get("/serving").status_code == 303
        assert client.get("/serving/taste?part=drift", headers={"hx-request": "true"}).status_code == 401


@pytest.mark.parametrize("name", HOSTILE, ids=["tags", "long", "right-to-left"])
def test_hostile_names_are_text(
    name: str, dashboards: Callable[..., Any], orchard: Any, web: Callable[[], Any], waited_for: Callable[..., Any],
    log: Any, live_rows: Callable[..., Any],
) -> None:  # fmt: skip
    server = web()
    server.says("/v2/repository/index", [{"name": name, "version": "1", "state": name, "reason": name}], "POST")
    server.says("/v2", {"name": "shipway", "version": name})
    arms = [{"name": name, "label": name, "weight": 1}]
    server.says(
        "/v1/traffic", {"models": {name: {"arms": arms, "sticky": {"header": name}, "shadow": {"label": name}}}}
    )
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    labels = f'model="{escaped}",version="1",arm="{escaped}",signature="{escaped}"'
    metrics = [
        f'shipway_serving_requests_total{{{labels},code="{escaped}"}} 5',
        f'shipway_serving_input_values_total{{{labels},input="{escaped}"}} 5',
        f'shipway_serving_shadow_compared_rows_total{{{labels},shadow_version="2"}} 5',
    ]
    server.says("/metrics", "\n".join(metrics).encode())
    alert = {"labels": {"alertname": name, "severity": name, name: name}, "state": "firing",
             "annotations": {"summary": name, "description": name, "runbook_url": name}}  # fmt: skip
    server.says("/api/v1/alerts", {"data": {"alerts": [alert]}})
    server.says(
        "/api/v1/rules", {"data": {"groups": [{"rules": [{"name": name, "health": "err", "lastError": name}]}]}}
    )
    orchard.run("run-1", "1")
    log.write("taste", {**live_rows(), "fruit": [name] * 600, name[:200]: [1.0] * 600})
    endpoint = server.endpoint()
    served = dashboards(orchard.home, servers=(endpoint,), prometheus=endpoint, inference_log=log.folder)
    with served.client() as client:
        waited_for(lambda: "firing" in page_of(client, "/serving?part=live"))
        known = waited_for(lambda: served.app.state.doors.site.fleet.served())[0].model
        served.app.state.doors.site.fleet.watches[0].look()
        waited_for(lambda: "In requests and not" in page_of(client, "/serving/taste?part=drift"))
        pages = [
            page_of(client, address) for address in ("/serving", f"/serving/{quote(known, safe='')}", "/serving/taste")
        ]
    for text in pages:
        assert "<script>alert" not in text
        assert "<img" not in text
        assert len(text) < 400_000
    assert json.dumps(known)[:20]


# What takes longer than a page may.


def test_later_gives_what_is_there_and_works_once(waited_for: Callable[..., Any]) -> None:
    begun, go_on = [], threading.Event()

    def work() -> int:
        begun.append(1)
        go_on.wait(10)
        return 7

    later: Later[int] = Later("slow work", fresh_seconds=60)
    assert later.get("a", work, 0.01) is None
    assert later.get("a", work, 0.01) is None
    go_on.set()
    assert waited_for(lambda: later.get("a", work) == 7)
    assert len(begun) == 1


def test_later_does_old_work_again_and_tells_of_what_failed(waited_for: Callable[..., Any]) -> None:
    later: Later[int] = Later("quick work", fresh_seconds=0.0)
    numbers = iter(range(1000))
    assert waited_for(lambda: (later.get("a", lambda: next(numbers)) or 0) > 3)

    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        waited_for(lambda: later.get("b", fail))


def test_later_bounds_what_waits_and_what_is_kept(waited_for: Callable[..., Any]) -> None:
    go_on = threading.Event()
    done: list[int] = []

    def work(number: int) -> int:
        go_on.wait(10)
        done.append(number)
        return number

    later: Later[int] = Later("much work", fresh_seconds=60)
    for number in range(20):
        later.get(number, lambda number=number: work(number), 0.0)
    go_on.set()
    assert waited_for(lambda: len(done) == 4)
    for number in range(100):
        waited_for(lambda number=number: later.get(number, lambda: number) is not None)
    assert len(later._pieces) <= 33
