"""The goals, each with what was measured beside it.

Throughput has goals against KServe as documented and with the fast call; latency against KServe as it is documented.
Latency against the fast call is shown all the same, without a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Part = dict[str, Any]
Goal = dict[str, Any]

DOCUMENTED, FAST = "as documented", "fast call"
OURS = "Shipway, REST rows"
OURS_GRPC = "Shipway, gRPC V2"


def judge(parts: dict[str, Part]) -> list[Goal]:
    """Every goal of the parts that were measured."""
    judges: dict[str, Callable[[Part], Iterator[Goal]]] = {
        "throughput": _rest,
        "grpc": _grpc,
        "slow": _slow,
        "swap": _swap,
        "soak": _soak,
        "overload": _overload,
        "log": _log,
    }
    return [goal for name, part in parts.items() for goal in (*judges[name](part), *_checks(name, part))]


def line(goal: Goal) -> str:
    """The goal as one line of the table."""
    verdict = VERDICTS[goal["met"]]
    return f"{goal['goal']:<84}{goal['measured']:>10}{goal['wanted']:>12}  {verdict}"


VERDICTS = {True: "met", False: "MISSED", None: ""}
HEAD = f"{'goal':<84}{'measured':>10}{'wanted':>12}"


def _rest(part: Part) -> Iterator[Goal]:
    for callers, documented, fast in ((64, 20, 10), (8, 8, 3.5)):
        for call, factor in ((DOCUMENTED, documented), (FAST, fast)):
            ratio = _cell(part, OURS, callers)["rate"] / _cell(part, f"KServe, {call}, REST rows", callers)["rate"]
            yield _at_least(f"REST at {callers} callers, times KServe {call}", ratio, factor)
    yield from _latencies(part, OURS, "REST rows")


def _grpc(part: Part) -> Iterator[Goal]:
    for call, factor in ((DOCUMENTED, 5), (FAST, 2.5)):
        ratio = _cell(part, OURS_GRPC, 32)["rate"] / _cell(part, f"KServe, {call}, gRPC V2", 32)["rate"]
        yield _at_least(f"gRPC at 32 callers, times KServe {call}", ratio, factor)
    yield from _latencies(part, OURS_GRPC, "gRPC V2")


def _latencies(part: Part, ours: str, protocol: str) -> Iterator[Goal]:
    for call in (DOCUMENTED, FAST):
        kserve = f"KServe, {call}, {protocol}"
        found = []
        for callers in (8, 32, 64):
            ratio = _cell(part, ours, callers)["p99_ms"] / _cell(part, kserve, callers)["p99_ms"]
            found.append(_at_most(f"{protocol} at {callers} callers, p99 as a share of KServe's {call}", ratio, 0.25))
        ratio = _cell(part, ours, 1)["p50_ms"] / _cell(part, kserve, 1)["p50_ms"]
        found.append(_at_most(f"{protocol}, one caller, p50 as a share of KServe's {call}", ratio, 0.333))
        yield from found if call == DOCUMENTED else map(_without_verdict, found)


def _slow(part: Part) -> Iterator[Goal]:
    ours = _cell(part, OURS, 64)
    kserve = _best(part, "KServe", 64)
    yield _at_least("slow model at 64 callers, times the better KServe", ours["rate"] / kserve["rate"], 8)
    mlserver = _best(part, "MLServer batching", 64)
    yield _at_least("slow model at 64, times the best MLServer with batching", ours["rate"] / mlserver["rate"], 3)
    ratio = _cell(part, OURS, 8)["rate"] / _cell(part, "Shipway unbatched, REST rows", 8)["rate"]
    yield _at_least("slow model at 8 callers, times our own without batching", ratio, 1.5)
    yield _at_most("slow model at 64 callers, p99 as a share of KServe's", ours["p99_ms"] / kserve["p99_ms"], 0.25)


def _swap(part: Part) -> Iterator[Goal]:
    yield _at_most(f"{part['swaps']} swaps of versions under load, failed requests", part["failures"], 0)
    yield _at_most("p99 while versions are swapped, times steady", part["ratio"], 3)


def _soak(part: Part) -> Iterator[Goal]:
    name = f"{part['seconds']:.0f} s at 70 % of capacity"
    yield _at_most(f"{name}, growth of memory", part["growth"], 0.05)
    yield _at_most(f"{name}, failed requests", part["failures"], 0)


def _overload(part: Part) -> Iterator[Goal]:
    yield _at_least("arrivals in overload, times capacity", part["arrivals"] / part["capacity"], 2.9)
    yield _at_least("goodput at 3 times the capacity, share of capacity", part["ratio"], 0.8)
    yield _at_most("requests neither answered nor refused with 429 or 503", part["failures"], 0)
    seconds = part["recovery_seconds"]
    yield _at_most("seconds until all is as before", float("inf") if seconds is None else seconds, 2)


def _log(part: Part) -> Iterator[Goal]:
    for one in part["ratios"]:
        model, protocol, callers = one["cell"]
        name = f"with the inference log on, {model} model, {protocol}, {callers} callers, share of the rate"
        yield _at_least(name, one["ratio"], 0.8)
    for model, share in part["recorded"].items():
        yield _without_verdict(_at_least(f"with the inference log on, {model} model, share of rows recorded", share, 1))


def _checks(name: str, part: Part) -> Iterator[Goal]:
    for check in part.get("checks", ()):
        asked = f"{check['asked']:,} rows of the {check['model']} model"
        yield _at_most(f"{name}: {asked}, wrong or lost, {check['name']}", check["wrong"] + check["failed"], 0)
    rows = part.get("rows", ())
    if rows:
        failures = sum(row["failures"] for row in rows if row["name"].startswith("Shipway"))
        yield _at_most(f"{name}: failed requests of ours in all rounds", failures, 0)


def _cell(part: Part, name: str, callers: int) -> dict[str, Any]:
    return next(row for row in part["rows"] if row["name"] == name and row["callers"] == callers)


def _best(part: Part, server: str, callers: int) -> dict[str, Any]:
    rows = [row for row in part["rows"] if row["name"].startswith(server) and row["callers"] == callers]
    return max(rows, key=lambda row: row["rate"])


def _without_verdict(goal: Goal) -> Goal:
    return goal | {"wanted": "", "met": None}


def _at_least(goal: str, measured: float, wanted: float) -> Goal:
    return {"goal": goal, "measured": round(measured, 3), "wanted": f">= {wanted:g}", "met": measured >= wanted}


def _at_most(goal: str, measured: float, wanted: float) -> Goal:
    return {"goal": goal, "measured": round(measured, 4), "wanted": f"<= {wanted:g}", "met": measured <= wanted}
