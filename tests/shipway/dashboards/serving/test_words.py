"""Numbers as people read them, and lines out of what was counted."""

from __future__ import annotations

import time
from typing import Any

from shipway.dashboards.pages.serving import words
from shipway.dashboards.pages.serving.curves import curves_of_fleet, curves_of_past
from shipway.dashboards.serving.counts import BEGINNINGS, counts_of
from shipway.dashboards.serving.exposition import read_exposition
from shipway.dashboards.serving.fleet import Fleet
from shipway.dashboards.serving.prometheus import Past, PastLine


def test_shares() -> None:
    given = (None, 0.0, 0.00001, 0.000178, 0.5, 0.9994, 0.99999, 1)
    shown = (words.NOTHING, "0 %", "< 0.01 %", "0.018 %", "50 %", "99.94 %", "> 99.99 %", "100 %")
    assert tuple(map(words.share, given)) == shown


def test_latencies() -> None:
    given = (None, 0.00042, 0.0071, 0.12, 2.5)
    assert tuple(map(words.milliseconds, given)) == (words.NOTHING, "0.42 ms", "7.1 ms", "120 ms", "2.5 s")


def test_rates() -> None:
    given = (None, 0.0, 0.0333, 12.44, 1234.5)
    assert tuple(map(words.rate, given)) == (words.NOTHING, "0", "0.033", "12.4", "1,234")


def test_lines_are_broken_where_nobody_looked_and_servers_are_added_up(flights_server: Any, metrics_text: str) -> None:
    fleet = Fleet([flights_server.endpoint("one"), flights_server.endpoint("two")])
    now = time.time()

    def counts(more: int) -> Any:
        text = metrics_text.replace(" 4047.0", f" {4047 + more}.0").replace(" 49.0", f" {49 + more}.0")
        return counts_of(read_exposition(text, BEGINNINGS))

    for watch in fleet.watches:
        for seconds, more in ((800, 0), (700, 100), (100, 100), (40, 160)):
            watch.history.note(now - seconds, counts(more))
    found = curves_of_fleet(fleet, "flights", 900.0)
    (requests,) = found.requests.names
    assert requests == "control: version 1795291250"
    assert found.errors.title == "Requests a second that were not answered: INVALID_ARGUMENT"
    assert found.step == 30
    newest, older, oldest = found.requests.rows
    assert [row[1] for row in (newest, older, oldest)] == [["4"], ["0"], ["4"]]
    chart = found.requests.chart
    assert chart is not None
    assert chart.lines[0].path.count("M") == 3
    assert curves_of_fleet(fleet, "other", 900.0).requests.chart is None
    assert curves_of_fleet(Fleet(), "flights", 900.0).latency.rows == []


def test_what_prometheus_remembers_over_days() -> None:
    days = [1_795_000_000.0 + 86_400 * number for number in range(7)]
    lines = [PastLine({"version": str(n), "arm": "a"}, [(at, float(n)) for at in days]) for n in range(9)]
    found = curves_of_past(Past(3600.0, lines, [], [PastLine({"quantile": "p50"}, [(days[0], 0.2)])]))
    assert (len(found.requests.names), found.requests.left_out) == (6, 3)
    chart = found.requests.chart
    assert chart is not None
    assert next(tick.title for tick in chart.x_ticks) == "18 Nov"
    assert found.latency.rows == [(days[0] * 1000, ["200 ms"])]
    assert found.errors.chart is None
