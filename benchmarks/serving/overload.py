"""Three times as many requests as the server can answer: it must go on answering what it can, and refuse the rest.

On the slow model, because there the model is what is scarce, as it is in overload; and because requests for the quick
one cannot be made three times as fast as they are answered on the same two cores.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import load
import numpy as np
import payloads
from rounds import Contender, target
from row_checks import check_rows
from servers import shipway
from workplace import SLOW, Workplace

CALLERS = 256
"""In a closed loop this many give the largest batches, hence the largest capacity to take three times of."""

CAPACITY_ROUNDS = 3
STEADY, ON_TOP = 0.5, 2.9
"""Shares of the capacity that arrive all the time, and on top of that during the overload: three times together, and a
little more, for the capacity may turn out larger when it is measured again."""

REFUSALS = (429, 503)
WINDOW_SECONDS = 0.25
GOOD_WINDOWS = 4
BEGINNING_SECONDS = 1
"""Arrivals begin spread over one second, which is not yet an overload."""


def measure(workplace: Workplace) -> dict[str, Any]:
    """Capacity in a closed loop; then half of it arrives, for a while three times of it, and half of it again.

    The capacity is measured again afterwards: a machine that is shared is not equally fast all the time.
    """
    lengths = workplace.lengths
    steady_log, overload_log = workplace.folder / "steady-requests", workplace.folder / "overload-requests"
    beside, overload = lengths.beside_overload_seconds, lengths.overload_seconds
    with shipway(workplace.base(SLOW), workplace.server_folder("shipway-overload")) as server:
        contender = Contender(server, payloads.TENSORFLOW_REST)
        asked = target(contender, workplace.bodies)
        before = _capacities(asked, lengths.seconds)
        capacity = float(np.median(before))
        with load.arrivals(asked, STEADY * capacity, 2 * beside + overload, steady_log):
            time.sleep(beside)
            with load.arrivals(asked, ON_TOP * capacity, overload, overload_log):
                pass
        capacity = float(np.median(before + _capacities(asked, lengths.seconds)))
        check = check_rows(contender, SLOW, workplace)
    report = _report(_Requests(steady_log), _Requests(overload_log), capacity, overload)
    return report | {"settings": {server.name: server.settings}, "checks": [check]}


def _capacities(asked: load.Target, seconds: float) -> list[float]:
    return [load.closed_loop(asked, CALLERS, seconds).rate for _ in range(CAPACITY_ROUNDS)]


class _Requests:
    """A log's columns: `started` and `ended` in seconds since the epoch, `status`, `latency_ms`."""

    def __init__(self, path: Path) -> None:
        log = load.read_log(path)
        self.started, self.status, self.latency_ms = log[:, 0] / 1e6, log[:, 1], log[:, 2] / 1000
        self.ended = self.started + self.latency_ms / 1000

    def with_status(self, statuses: tuple[int, ...], since: float, until: float) -> np.ndarray:
        """Latencies of the requests with these statuses that started within a time."""
        inside = (self.started >= since) & (self.started < until)
        return self.latency_ms[inside & np.isin(self.status, statuses)]

    def answered(self, since: float, until: float) -> int:
        """Good answers given within a time."""
        return int(np.sum((self.ended >= since) & (self.ended < until) & (self.status == 200)))


def _report(steady: _Requests, overload: _Requests, capacity: float, seconds: float) -> dict[str, Any]:
    begin, last = float(overload.started.min()), float(overload.started.max())
    since, until = begin + BEGINNING_SECONDS, begin + seconds
    both = (steady, overload)
    started = sum(int(np.sum((one.started >= since) & (one.started < until))) for one in both)
    goodput = sum(one.answered(since, until) for one in both) / (until - since)
    good = np.concatenate([one.with_status((200,), since, until) for one in both])
    refused = np.concatenate([one.with_status(REFUSALS, since, until) for one in both])
    calm = steady.with_status((200,), float(steady.started.min()) + BEGINNING_SECONDS, begin)
    report = {
        "capacity": round(capacity, 1),
        "arrivals": round(started / (until - since), 1),
        "goodput": round(goodput, 1),
        "ratio": round(goodput / capacity, 3),
        "refused": len(refused),
        "failures": started - len(good) - len(refused),
        "good_p50_ms": _percentile(good, 50),
        "good_p99_ms": _percentile(good, 99),
        "refused_p99_ms": _percentile(refused, 99),
        "calm_p99_ms": _percentile(calm, 99),
        "recovery_seconds": _recovery(steady, last, calm),
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


def _recovery(steady: _Requests, last_arrival: float, calm_ms: np.ndarray) -> float | None:
    """Seconds from the overload's last arrival to the start of the first second in which all is answered again, at the
    median within the p99 of before."""
    usual = float(np.percentile(calm_ms, 99)) if len(calm_ms) else 0.0
    since_end = steady.started - last_arrival
    run = 0
    for number in range(int(since_end.max() / WINDOW_SECONDS)):
        inside = (since_end >= number * WINDOW_SECONDS) & (since_end < (number + 1) * WINDOW_SECONDS)
        good = inside.any() and bool((steady.status[inside] == 200).all())
        good = good and float(np.median(steady.latency_ms[inside])) <= usual
        run = run + 1 if good else 0
        if run == GOOD_WINDOWS:
            return round((number + 1 - GOOD_WINDOWS) * WINDOW_SECONDS, 2)
    return None
