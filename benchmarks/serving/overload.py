"""Three times as many requests as the server can answer: it must go on answering what it can, and refuse the rest.

On the slow model, because there the model is what is scarce, as it is in overload; and because requests for the quick
one cannot be made three times as fast as they are answered on the same two cores.
"""

from __future__ import annotations

from typing import Any

import load
import numpy as np
import payloads
from rounds import Contender, target
from row_checks import check_rows
from servers import shipway
from workplace import SLOW, Workplace, run_program

CALLERS = 256
"""In a closed loop this many give the largest batches, hence the largest capacity to take three times of."""

TIMES = 3
BESIDE = 0.5
"""The share of capacity that arrives before and after."""

REFUSALS = (429, 503)
WINDOW_SECONDS = 0.25
GOOD_WINDOWS = 4
CAPACITY_ROUNDS = 3


def measure(workplace: Workplace) -> dict[str, Any]:
    """Capacity in a closed loop, then arrivals at half of it, at three times of it, and at half again."""
    lengths = workplace.lengths
    log = workplace.folder / "overload-requests"
    with shipway(workplace.base(SLOW), workplace.server_folder("shipway-overload")) as server:
        contender = Contender(server, payloads.TENSORFLOW_REST)
        asked = target(contender, workplace.bodies)
        loads = [load.closed_loop(asked, CALLERS, lengths.seconds) for _ in range(CAPACITY_ROUNDS)]
        capacity = float(np.median([one.rate for one in loads]))
        beside = f"{BESIDE * capacity}:{lengths.beside_overload_seconds}"
        phases = [beside, f"{TIMES * capacity}:{lengths.overload_seconds}", beside]
        protocol = contender.protocol
        run_program(
            "open_loop.py", str(server.rest_port), protocol.path, protocol.content_type, str(asked.body), str(log),
            *phases,
        )  # fmt: skip
        check = check_rows(contender, SLOW, workplace)
    report = _report(load.read_log(log), capacity, lengths.beside_overload_seconds, lengths.overload_seconds)
    return report | {"settings": {server.name: server.settings}, "checks": [check]}


def _report(log: np.ndarray, capacity: float, beside_seconds: float, overload_seconds: float) -> dict[str, Any]:
    due, status, latency_ms = (log[:, 0] - log[0, 0]) / 1e6, log[:, 1], log[:, 2] / 1000
    end = beside_seconds + overload_seconds
    inside = (due >= beside_seconds) & (due < end)
    good = inside & (status == 200)
    refused = inside & np.isin(status, REFUSALS)
    calm = (due < beside_seconds) & (status == 200)
    # Answers are counted when they are given: those of requests that came late in the overload belong to it.
    answered = due + latency_ms / 1000
    goodput = np.sum((status == 200) & (answered >= beside_seconds) & (answered < end)) / overload_seconds
    report = {
        "capacity": round(capacity, 1),
        "arrivals": round(float(np.sum(inside)) / overload_seconds, 1),
        "goodput": round(float(goodput), 1),
        "ratio": round(float(goodput) / capacity, 3),
        "refused": int(np.sum(refused)),
        "failures": int(np.sum(inside & ~good & ~refused)),
        "good_p50_ms": _percentile(latency_ms[good], 50),
        "good_p99_ms": _percentile(latency_ms[good], 99),
        "refused_p99_ms": _percentile(latency_ms[refused], 99),
        "calm_p99_ms": _percentile(latency_ms[calm], 99),
        "recovery_seconds": _recovery(due - end, status, latency_ms, latency_ms[calm]),
        "statuses": {str(code): int(np.sum(inside & (status == code))) for code in np.unique(status[inside])},
    }
    print(
        f"{report['arrivals']:,} arrivals/s on a capacity of {report['capacity']:,}/s: {report['goodput']:,} good "
        f"answers/s ({report['ratio']:.0%}, p99 {report['good_p99_ms']} ms), {report['refused']:,} refused (p99 "
        f"{report['refused_p99_ms']} ms), {report['failures']} failed; recovered after {report['recovery_seconds']} s",
        flush=True,
    )
    return report


def _percentile(values: np.ndarray, share: float) -> float | None:
    return round(float(np.percentile(values, share)), 3) if len(values) else None


def _recovery(since_end: np.ndarray, status: np.ndarray, latency_ms: np.ndarray, calm_ms: np.ndarray) -> float | None:
    """Seconds until the start of the first second in which all is answered, at the median within the calm p99."""
    usual = float(np.percentile(calm_ms, 99)) if len(calm_ms) else 0.0
    run = 0
    for number in range(int(since_end.max() / WINDOW_SECONDS)):
        inside = (since_end >= number * WINDOW_SECONDS) & (since_end < (number + 1) * WINDOW_SECONDS)
        good = inside.any() and bool((status[inside] == 200).all()) and float(np.median(latency_ms[inside])) <= usual
        run = run + 1 if good else 0
        if run == GOOD_WINDOWS:
            return round((number + 1 - GOOD_WINDOWS) * WINDOW_SECONDS, 2)
    return None
