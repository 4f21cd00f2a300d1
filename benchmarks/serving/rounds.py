"""Interleaved rounds: every server is asked in turn, again and again, so that a slow minute of the machine hits all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import load
from payloads import Protocol
from servers import Server

Row = dict[str, Any]


@dataclass(frozen=True)
class Contender:
    """One server asked in one protocol."""

    server: Server
    protocol: Protocol

    @property
    def name(self) -> str:
        return f"{self.server.name}, {self.protocol.title}"


@dataclass(frozen=True)
class Plan:
    """How long: the callers to go through, rounds of each, and seconds of each round."""

    callers: Sequence[int]
    rounds: int
    seconds: float


def measure(contenders: Sequence[Contender], bodies: Path, plan: Plan) -> list[Row]:
    """One row for each contender and number of callers: the medians of its rounds, and all its failures."""
    targets = {contender.name: target(contender, bodies) for contender in contenders}
    rows = []
    for callers in plan.callers:
        found: dict[str, list[load.Load]] = {contender.name: [] for contender in contenders}
        for _ in range(plan.rounds):
            for name, loads in found.items():
                loads.append(load.closed_loop(targets[name], callers, plan.seconds))
        rows += [row(name, callers, loads) for name, loads in found.items()]
        for line in rows[-len(found) :]:
            print(table_line(line), flush=True)
    return rows


def target(contender: Contender, bodies: Path) -> load.Target:
    """The contender as the load generator needs it; a gRPC answer's size is learned by one call."""
    server, protocol = contender.server, contender.protocol
    body = bodies / protocol.name
    found = load.Target(server.url(protocol.path, protocol.is_grpc), body, protocol.content_type)
    if not protocol.is_grpc:
        return found
    return load.Target(found.url, body, found.content_type, load.answer_bytes(found))


def row(name: str, callers: int, loads: Sequence[load.Load]) -> Row:
    """The medians of several rounds, and the spread of the rates: (largest - smallest) / median."""
    rates = [one.rate for one in loads]
    middle = median(rates)
    return {
        "name": name,
        "callers": callers,
        "rate": round(middle, 1),
        "p50_ms": round(median(one.p50_ms for one in loads), 3),
        "p99_ms": round(median(one.p99_ms for one in loads), 3),
        "failures": sum(one.failures for one in loads),
        "spread": round((max(rates) - min(rates)) / middle, 3) if middle else None,
    }


def table_line(row: Row) -> str:
    """The row as one line under `HEAD`."""
    failures = f"  {row['failures']} FAILED" if row["failures"] else ""
    return f"{row['name']:<58}{row['callers']:>8}{row['rate']:>12,.0f}{row['p50_ms']:>10}{row['p99_ms']:>10}{failures}"


HEAD = f"{'server, protocol':<58}{'callers':>8}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}"
