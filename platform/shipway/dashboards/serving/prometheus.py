"""What Prometheus remembers of a model's traffic: for charts of more than the hour that the dashboards remember."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from shipway.dashboards.serving.asking import NoAnswer, ask_json
from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.written import object_in, objects_in, text_in

POINTS = 48
LEAST_RATE_SECONDS = 120
"""Rates are over at least so long: some scrapes have to lie within."""

MOST_LINES = 40
SECONDS = 5.0


@dataclass(frozen=True)
class PastLine:
    """A line of a chart: its labels, and at each time (seconds since 1970) its value; gaps are left out."""

    labels: dict[str, str]
    values: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Past:
    """A model's traffic out of Prometheus, each point over `step` seconds. `problem` says why it is not there."""

    step: float = 0.0
    requests: Sequence[PastLine] = ()
    errors: Sequence[PastLine] = ()
    latencies: Sequence[PastLine] = ()
    problem: str = ""


def past_of(endpoint: Endpoint, model: str, seconds: float) -> Past:
    """The last `seconds` of a model. It never raises: what cannot be had is a problem of the result."""
    step = seconds / POINTS
    end = math.floor(time.time() / step) * step
    rate = f"[{int(max(step, LEAST_RATE_SECONDS))}s]"
    chosen = f'{{model="{_escaped(model)}"}}'
    failed = f'{{model="{_escaped(model)}",code!="OK"}}'
    requests = f"sum by (version, arm) (rate(shipway_serving_requests_total{chosen}{rate}))"
    errors = (
        f"sum by (code) (rate(shipway_serving_requests_total{failed}{rate})"
        f" or rate(shipway_serving_refused_requests_total{failed}{rate}))"
    )
    buckets = f"sum by (le) (rate(shipway_serving_request_seconds_bucket{chosen}{rate}))"
    try:
        return Past(
            step,
            _range(endpoint, requests, end - seconds, end, step),
            _range(endpoint, errors, end - seconds, end, step),
            [
                PastLine({"quantile": name}, line.values)
                for name, share in (("p50", 0.5), ("p99", 0.99))
                for line in _range(endpoint, f"histogram_quantile({share}, {buckets})", end - seconds, end, step)
            ],
        )
    except NoAnswer as fault:
        return Past(step, problem=str(fault))


def _range(endpoint: Endpoint, query: str, start: float, end: float, step: float) -> list[PastLine]:
    asked = urlencode({"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"})
    answer = object_in(ask_json(endpoint, f"/api/v1/query_range?{asked}", seconds=SECONDS))
    lines = []
    for one in objects_in(object_in(answer.get("data")).get("result"))[:MOST_LINES]:
        labels = object_in(one.get("metric"))
        written = one.get("values")
        values = [_value(pair) for pair in written] if isinstance(written, list) else []
        lines.append(PastLine({name: text_in(labels, name) for name in labels}, [pair for pair in values if pair]))
    return lines


def _value(pair: Any) -> tuple[float, float] | None:
    try:
        at, value = float(pair[0]), float(pair[1])
    except (TypeError, ValueError, IndexError, KeyError):
        return None
    return (at, value) if math.isfinite(at) and math.isfinite(value) else None


def _escaped(text: str) -> str:
    """A label's value inside PromQL's quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
