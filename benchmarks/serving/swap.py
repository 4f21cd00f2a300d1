"""New versions of a model arrive while callers ask for it: nobody may notice."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import load
import numpy as np
import payloads
from rounds import Contender, target
from row_checks import check_rows
from servers import Server, shipway
from workplace import QUICK, Workplace

CALLERS = 32
SWAP_SECONDS = 20
TAIL_SECONDS = 2


@dataclass(frozen=True)
class Swap:
    """One version's way in: published on disk, and the only one available; seconds since the epoch."""

    published: float
    finished: float


def measure(workplace: Workplace) -> dict[str, Any]:
    """Latency and failures with nothing going on, then while version after version replaces the one before."""
    lengths = workplace.lengths
    base = workplace.folder / "swapped"
    shutil.copytree(workplace.base(QUICK), base)
    with shipway(base, workplace.server_folder("shipway-swap")) as server:
        contender = Contender(server, payloads.TENSORFLOW_REST)
        asked = target(contender, workplace.bodies)
        steady = load.closed_loop(asked, CALLERS, lengths.steady_seconds)
        log = workplace.folder / "swap-requests"
        seconds = lengths.swaps * lengths.swap_pace_seconds + TAIL_SECONDS
        with load.background_loop(asked, CALLERS, seconds, log) as process:
            swaps = [_swap(server, base, version, lengths.swap_pace_seconds, process) for version in _new(lengths)]
        check = check_rows(contender, QUICK, workplace)
    return _report(steady, load.read_log(log), swaps) | {
        "settings": {server.name: server.settings},
        "checks": [check],
    }


def _new(lengths: Any) -> range:
    return range(2, lengths.swaps + 2)


def _swap(server: Server, base: Path, version: int, pace: float, process: subprocess.Popen[str]) -> Swap:
    """Publish a version, wait until it has replaced the one before, and until it is time for the next."""
    coming = base.parent / "coming"
    shutil.copytree(base / str(version - 1), coming)
    published = time.time()
    coming.rename(base / str(version))
    while True:
        states = {one["version"]: one["state"] for one in _statuses(server)}
        available = [number for number, state in states.items() if state == "AVAILABLE"]
        if available == [str(version)] and states.get(str(version - 1), "END") == "END":
            break
        if time.time() - published > SWAP_SECONDS or process.poll() is not None:
            raise TimeoutError(f"Version {version} did not replace the one before within {SWAP_SECONDS} s: {states}.")
        time.sleep(0.02)
    finished = time.time()
    time.sleep(max(0.0, published + pace - time.time()))
    return Swap(published, finished)


def _statuses(server: Server) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(server.get(f"/v1/models/{payloads.MODEL}"))["model_version_status"]
    return found


def _report(steady: load.Load, log: np.ndarray, swaps: list[Swap]) -> dict[str, Any]:
    started, status, latency_ms = log[:, 0] / 1e6, log[:, 1], log[:, 2] / 1000
    ended = started + latency_ms / 1000
    inside = np.zeros(len(log), bool)
    for swap in swaps:
        inside |= (ended >= swap.published) & (started <= swap.finished)
    p99 = float(np.percentile(latency_ms[inside], 99))
    report = {
        "swaps": len(swaps),
        "seconds_a_swap": round(sum(swap.finished - swap.published for swap in swaps) / len(swaps), 3),
        "requests": len(log),
        "failures": int(np.sum(status != 200)) + steady.failures,
        "steady_p99_ms": round(steady.p99_ms, 3),
        "p99_ms": round(p99, 3),
        "p99_all_ms": round(float(np.percentile(latency_ms, 99)), 3),
        "longest_ms": round(float(latency_ms.max()), 1),
        "ratio": round(p99 / steady.p99_ms, 2),
    }
    print(
        f"{report['swaps']} swaps of versions, {CALLERS} callers, {report['requests']:,} requests: "
        f"{report['failures']} failed; p99 {report['p99_ms']} ms while swapping, {report['steady_p99_ms']} ms without "
        f"({report['ratio']} times)",
        flush=True,
    )
    return report
