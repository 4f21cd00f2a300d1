"""From a server's page of metrics to what was counted between two looks at it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shipway.dashboards.serving.counts import (
    BEGINNINGS,
    REQUESTS,
    ROWS,
    SECONDS,
    STAGE,
    Counts,
    Series,
    counts_of,
    difference,
)
from shipway.dashboards.serving.exposition import read_exposition
from shipway.dashboards.serving.history import History, by_time, window
from shipway.dashboards.serving.traffic import Distribution, batch_rows, stages, traffic_of

CONTROL = Series(REQUESTS, "flights", "1795291250", "control", "OK")

TENSORFLOW = """
# TYPE :tensorflow:serving:request_count counter
:tensorflow:serving:request_count{model_name="half",status="OK"} 6
:tensorflow:serving:request_count{model_name="half",status="INTERNAL"} 1
# TYPE :tensorflow:serving:request_latency histogram
:tensorflow:serving:request_latency_bucket{model_name="half",API="predict",entrypoint="REST",le="10"} 0
:tensorflow:serving:request_latency_bucket{model_name="half",API="predict",entrypoint="REST",le="18"} 4
:tensorflow:serving:request_latency_bucket{model_name="half",API="predict",entrypoint="REST",le="+Inf"} 6
:tensorflow:serving:request_latency_sum{model_name="half",API="predict",entrypoint="REST"} 120
:tensorflow:serving:request_latency_count{model_name="half",API="predict",entrypoint="REST"} 6
"""


def counted(text: str) -> Counts:
    return counts_of(read_exposition(text, BEGINNINGS))


def test_the_page_of_a_real_server(metrics_text: str) -> None:
    counts = counted(metrics_text)
    assert counts.started == pytest.approx(1.7953091816e9)
    assert counts.series[CONTROL] == (4047.0,)
    assert counts.series[Series(REQUESTS, "flights", "1795291251", "canary", "INVALID_ARGUMENT")] == (6.0,)
    *buckets, seconds = counts.series[Series(SECONDS, "flights", "1795291250", "control")]
    assert len(buckets) == len(counts.bounds[SECONDS]) + 1 == 17
    assert sum(buckets) == 4047
    assert 0 < seconds < 60
    assert {key.detail for key in counts.series if key.kind == STAGE} == {"decode", "queue", "run", "encode"}
    (rows,) = [numbers for key, numbers in counts.series.items() if key.kind == ROWS]
    assert rows[-1] > sum(rows[:-1]) > 0
    assert not any("tensorflow" in key.kind for key in counts.series)


def test_the_client_library_reads_the_same(metrics_text: str) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    text = (
        metrics_text
        + 'shipway_serving_odd{a="quote \\" brace } line \\n back \\\\",b="x,y=\\"z\\""} 1.5e3 1700000000\n'
    )
    theirs: dict[str, list[Any]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("shipway_"):
                theirs.setdefault(sample.name, []).append((sample.labels, sample.value))
    assert len(theirs) > 30
    assert read_exposition(text, ("shipway_",)) == theirs


def test_lines_that_are_no_samples() -> None:
    lines = (
        'shipway_x{a="b" 1', "shipway_y nothing", "shipway_z NaN", "<html>", "shipway_w{} 2", "other 3",
        'shipway_v{a="\ud83d"} +Inf',
    )  # fmt: skip
    assert read_exposition("\n".join(lines), ("shipway_",)) == {
        "shipway_w": [({}, 2.0)],
        "shipway_v": [({"a": "\ud83d"}, float("inf"))],
    }


def test_between_two_looks(metrics_text: str) -> None:
    before = counted(metrics_text)
    after = counted(metrics_text.replace(" 4047.0", " 4057.0"))
    found = difference(before, after)
    assert found[CONTROL] == (10.0,)
    assert all(key.version == "1795291250" for key in found if key.kind == REQUESTS)
    assert difference(before, before) == {}


def test_a_server_that_was_started_anew_began_at_nothing(metrics_text: str) -> None:
    before = counted(metrics_text)
    anew = re.sub(r"(process_start_time_seconds) .*", r"\1 1.8e9", metrics_text).replace(" 4047.0", " 5000.0")
    assert difference(before, counted(anew))[CONTROL] == (5000.0,)
    fewer = counted(metrics_text.replace(" 4047.0", " 3.0"))
    assert difference(before, fewer)[CONTROL] == (3.0,)


def test_tensorflow_serving_counts_by_model() -> None:
    counts = counted(TENSORFLOW)
    assert counts.series[Series(REQUESTS, "half", detail="OK")] == (6.0,)
    assert counts.series[Series(SECONDS, "half")] == (0.0, 4.0, 2.0, pytest.approx(120e-6))
    assert counts.bounds[SECONDS] == pytest.approx((10e-6, 18e-6))


def test_an_hour_is_remembered_and_no_more(metrics_text: str) -> None:
    history = History()
    for number in range(500):
        history.note(1000.0 + 10 * number, counted(metrics_text.replace(" 4047.0", f" {4047 + 5 * number}.0")))
    ticks = history.since(0)
    assert len(ticks) == 361
    assert ticks[-1].at - ticks[0].at == 3600
    last = window(history.since(1000.0 + 10 * 499 - 300))
    assert last.seconds == 300
    assert last.series[CONTROL] == (150.0,)
    assert traffic_of(last, lambda key: key.arm == "control").rate == pytest.approx(0.5)
    edges = [5390.0, 5690.0, 5990.0]
    assert [len(found) for found in by_time(ticks, edges)] == [30, 30]


def test_the_first_look_and_a_clock_that_goes_back_count_nothing(metrics_text: str) -> None:
    history = History()
    history.note(100.0, counted(metrics_text))
    history.note(90.0, counted(metrics_text.replace(" 4047.0", " 5047.0")))
    assert history.since(0) == []
    history.note(100.0, counted(metrics_text.replace(" 4047.0", " 5057.0")))
    assert window(history.since(0)).series[CONTROL] == (10.0,)


def test_numbers_for_people(metrics_text: str) -> None:
    history = History()
    history.note(0.0, Counts())
    history.note(100.0, counted(metrics_text))
    found = window(history.since(0))
    traffic = traffic_of(found, lambda key: key.model == "flights")
    assert traffic.requests == 4047 + 308 + 49 + 6
    assert traffic.rate == pytest.approx(44.1)
    assert traffic.error_share == 0
    median, late = (traffic.latency.quantile(share) for share in (0.5, 0.99))
    assert median is not None
    assert late is not None
    assert 0.0005 < median < late < 0.1
    assert [name for name, times in stages([found], "flights") if times.count] == ["decode", "queue", "run", "encode"]
    assert batch_rows([found], "flights").mean == pytest.approx(2.6, abs=0.3)
    assert traffic_of(found, lambda key: key.model == "other").error_share is None


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        ((0, 0, 0), 0.5, None),
        ((10, 0, 0), 0.5, 0.5),
        ((0, 10, 0), 0.5, 1.5),
        ((5, 5, 0), 0.75, 1.5),
        ((0, 0, 10), 0.5, 2.0),
        ((1, 0, 99), 0.99, 2.0),
    ],
)
def test_quantiles_as_prometheus_guesses_them(counts: tuple[float, ...], share: float, value: float | None) -> None:
    assert Distribution((1.0, 2.0), counts, 0.0).quantile(share) == value
