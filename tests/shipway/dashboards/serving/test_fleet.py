"""What servers say of what they serve, and what is known of one that does not answer any more."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.fleet import Fleet, Served, fleet_of
from shipway.dashboards.serving.gauges import input_numbers, log_counts, queues, shadow_comparisons
from shipway.dashboards.serving.inventory import take_inventory
from shipway.dashboards.serving.watch import Watch

STABLE, CANARY = "1795291250", "1795291251"


def test_shipways_own_server_is_asked_for_everything(flights_server: Any) -> None:
    found = take_inventory(flights_server.endpoint(), {})
    assert found.kind == "Shipway 0.1.0"
    assert [(one.model, one.version, one.is_available) for one in found.versions] == [
        ("flights", STABLE, True), ("flights", CANARY, True),
    ]  # fmt: skip
    division = found.divisions["flights"]
    assert [(arm.name, arm.version, arm.label, arm.share) for arm in division.arms] == [
        ("control", "", "stable", 0.9), ("canary", CANARY, "", 0.1),
    ]  # fmt: skip
    assert (division.sticky, division.shadow) == (
        "the header x-user-id", f"version {CANARY}, of 0.2 of the requests"
    )  # fmt: skip
    assert found.labels == {("flights", STABLE): ["stable"]}
    assert list(found.notes) == []


def test_versions_that_have_ended_and_those_that_failed(flights_server: Any) -> None:
    index = [
        {"name": "flights", "version": "1", "state": "UNAVAILABLE", "reason": ""},
        {"name": "flights", "version": "2", "state": "UNAVAILABLE", "reason": "Its digest is another."},
        {"name": "flights", "version": "3", "state": "LOADING", "reason": ""},
        {"name": "empty", "version": "", "state": "UNAVAILABLE", "reason": "There is no version yet."},
    ]
    flights_server.says("/v2/repository/index", index, "POST")
    found = take_inventory(flights_server.endpoint(), {})
    assert [one.has_ended for one in found.versions] == [True, False, False, False]
    watch_all = Fleet([flights_server.endpoint()])
    watch_all.watches[0].look()
    assert [(one.version, one.state) for one in watch_all.served()] == [(2, "UNAVAILABLE"), (3, "LOADING")]


def test_tensorflow_serving_tells_of_models_that_its_metrics_name(web: Callable[[], Any]) -> None:
    server = web()
    server.says(
        "/monitoring/prometheus/metrics", b':tensorflow:serving:request_count{model_name="half",status="OK"} 6\n'
    )
    states = [
        {"version": "7", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
        {"version": "8", "state": "END", "status": {"error_code": "UNKNOWN", "error_message": "no graph"}},
    ]
    server.says("/v1/models/half", {"model_version_status": states})
    watch = Watch(server.endpoint())
    watch.look()
    snapshot = watch.snapshot
    assert (snapshot.answers, snapshot.metrics_problem) == (True, "")
    assert [(one.model, one.version, one.state, one.reason) for one in snapshot.inventory.versions] == [
        ("half", "7", "AVAILABLE", ""), ("half", "8", "END", "no graph"),
    ]  # fmt: skip
    assert "no model server of Shipway's" in snapshot.inventory.notes[0]


def test_kserves_server_lists_names(web: Callable[[], Any]) -> None:
    server = web()
    server.says("/v2/models", {"models": ["iris", "wine"]})
    server.says("/v2/models/iris/ready", {"ready": True})
    found = take_inventory(server.endpoint(), {})
    assert [(one.model, one.version, one.is_available) for one in found.versions] == [
        ("iris", "", True),
        ("wine", "", False),
    ]
    assert "does not tell which versions" in found.notes[0]


def test_another_server_of_the_protocol(web: Callable[[], Any]) -> None:
    server = web()
    server.says("/v2/repository/index", [{"name": "dense", "version": "1", "state": "READY"}], "POST")
    server.says("/v2", {"name": "triton", "version": "2.50"})
    server.says("/v1/traffic", {"models": {}})
    found = take_inventory(server.endpoint(), {})
    assert (found.kind, [one.model for one in found.versions]) == ("triton 2.50", ["dense"])
    assert not any(path.startswith("/v1/traffic") for _, path, _ in server.asked)


@pytest.mark.parametrize(
    "index",
    [
        None,
        {},
        "x",
        [1, None],
        [{"name": None, "version": {"a": 1}, "state": 5}],
        [{"name": "\ud800", "version": "9" * 9000}],
    ],
)
def test_answers_of_another_form_are_no_end(flights_server: Any, index: Any) -> None:
    flights_server.says("/v2/repository/index", index, "POST")
    flights_server.says(
        "/v1/traffic", {"models": {"flights": {"arms": [{"weight": "x"}, 3], "sticky": [], "shadow": 1}}}
    )
    watch = Watch(flights_server.endpoint())
    watch.look()
    assert watch.snapshot.answers
    for version in watch.snapshot.inventory.versions:
        f"{version.model}{version.version}".encode()
    Fleet([]).served()


def test_a_server_that_goes_and_comes_back(flights_server: Any, metrics_text: str) -> None:
    watch = Watch(flights_server.endpoint())
    assert watch.snapshot.answers is None
    watch.look()
    first = watch.snapshot
    flights_server.delay = 0.0
    pages = dict(flights_server.pages)
    flights_server.pages.clear()
    flights_server.says("/v2/repository/index", {}, "POST", 503)
    watch.look()
    gone = watch.snapshot
    assert gone.answers is False
    assert gone.problem == f"main does not answer at {flights_server.url} (it answers 503)."
    assert gone.inventory == first.inventory
    assert gone.answered_ms == first.answered_ms
    watch.look()
    assert watch.snapshot.since_ms == gone.since_ms
    flights_server.pages.update(pages)
    flights_server.says("/metrics", metrics_text.replace(" 4047.0", " 4057.0").encode())
    watch.look()
    assert watch.snapshot.answers
    assert watch.snapshot.since_ms > gone.since_ms
    (tick,) = watch.history.since(0)
    assert sum(numbers[0] for key, numbers in tick.series.items() if key.kind == "requests") == 10


def test_a_server_without_metrics(flights_server: Any) -> None:
    del flights_server.pages["GET", "/metrics"]
    watch = Watch(flights_server.endpoint())
    watch.look()
    assert watch.snapshot.answers
    assert watch.snapshot.metrics_problem.startswith("It shows no metrics (404 at /metrics and /monitoring")
    assert watch.history.since(0) == []


def test_what_the_last_page_says_beside_traffic(flights_server: Any) -> None:
    watch = Watch(flights_server.endpoint())
    watch.look()
    samples = watch.snapshot.samples
    (shadow,) = shadow_comparisons(samples, "flights")
    assert (shadow.version, shadow.shadow_version, shadow.different_share) == (STABLE, CANARY, 0)
    assert shadow.compared_rows == 2215
    assert [(one.output, one.different_rows, one.largest) for one in shadow.outputs] == [("outputs", 0, 0)]
    log = log_counts(samples)
    assert (log.written_rows, log.dropped_rows, log.is_used) == (13138, 0, True)
    assert queues(samples, "flights").queued_rows == 0
    twice = input_numbers([samples, samples], "flights")
    hour = next(one for one in twice if (one.version, one.name) == (STABLE, "hour"))
    assert hour.values == 2 * 9648
    assert hour.mean == pytest.approx(163630 / 9648)
    assert hour.deviation == pytest.approx((2967618 / 9648 - (163630 / 9648) ** 2) ** 0.5)
    assert (hour.least, hour.most) == (5, 23)
    assert next(one for one in twice if one.name == "carrier").mean is None
    assert input_numbers([samples], "other") == []


def test_the_fleet_watches_by_itself_and_one_that_hangs_holds_up_no_other(
    flights_server: Any, web: Callable[[], Any], waited_for: Callable[..., Any]
) -> None:
    hanging = web()
    hanging.delay = 5.0
    fleet = Fleet([hanging.endpoint("hanging"), flights_server.endpoint()], seconds=0.05)
    assert fleet.served() == []
    fleet.start()
    assert waited_for(lambda: len(fleet.served()) == 2)
    assert fleet.watches[0].snapshot.answers is not True
    assert fleet.served()[0] == Served("main", "flights", int(STABLE), "READY", flights_server.url)
    assert waited_for(lambda: fleet.watches[1].history.since(0))
    fleet.close(5)
    asked = len(flights_server.asked)
    time.sleep(0.2)
    assert len(flights_server.asked) == asked


def test_nobody_is_watched_where_nobody_was_named_and_threads_end_with_the_site(
    tmp_path: Path, flights_server: Any
) -> None:
    from shipway.dashboards.options import DashboardOptions
    from shipway.dashboards.site import Site

    assert list(fleet_of(Site(DashboardOptions(tmp_path), b"k" * 32)).served()) == []
    site = Site(DashboardOptions(tmp_path, servers=(Endpoint("of this test", flights_server.url),)), b"k" * 32)
    fleet = fleet_of(site)
    assert fleet_of(site) is fleet

    def watching() -> list[str]:
        return [one.name for one in threading.enumerate() if one.name == "watching of this test"]

    assert watching()
    del site
    gc.collect()
    fleet.close(5)
    until = time.monotonic() + 5
    while watching() and time.monotonic() < until:
        time.sleep(0.02)
    assert watching() == []
