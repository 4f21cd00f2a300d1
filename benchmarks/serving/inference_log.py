"""What it costs to record every request and answer."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import payloads
from rounds import Contender, Plan, Row
from rounds import measure as measure_rounds
from row_checks import check_rows
from servers import Server, shipway
from workplace import QUICK, SLOW, Workplace

WITHOUT, WITH = "Shipway", "Shipway, inference log"
REST_CALLERS, GRPC_CALLERS, SLOW_CALLERS = (1, 8, 64), (32,), (8, 64)


def measure(workplace: Workplace) -> dict[str, Any]:
    """Ours with and without the log, interleaved, in the cells that goals are about."""
    rows: list[Row] = []
    checks: list[Row] = []
    settings: dict[str, str] = {}
    recorded: dict[str, float] = {}
    for model in (QUICK, SLOW):
        with contextlib.ExitStack() as running:
            servers = [running.enter_context(server) for server in _pair(workplace, model)]
            settings |= {server.name: server.settings for server in servers}
            rows += _measured(servers, model, workplace)
            checks.append(check_rows(Contender(servers[1], payloads.TENSORFLOW_REST), model, workplace))
            recorded[model] = _recorded_share(servers[1])
        print(f"{model} model: {recorded[model]:.1%} of the rows were recorded", flush=True)
    return {"settings": settings, "rows": rows, "ratios": _ratios(rows), "recorded": recorded, "checks": checks}


def _measured(servers: list[Server], model: str, workplace: Workplace) -> list[Row]:
    lengths = workplace.lengths
    rest = [Contender(server, payloads.TENSORFLOW_REST) for server in servers]
    callers = REST_CALLERS if model == QUICK else SLOW_CALLERS
    rows = measure_rounds(rest, workplace.bodies, Plan(callers, lengths.rounds, lengths.seconds))
    if model == QUICK:
        grpc = [Contender(server, payloads.OPEN_INFERENCE_GRPC) for server in servers]
        rows += measure_rounds(grpc, workplace.bodies, Plan(GRPC_CALLERS, lengths.rounds, lengths.seconds))
    return [row | {"model": model} for row in rows]


def _pair(workplace: Workplace, model: str) -> list[Server]:
    base = workplace.base(model)
    log = [f"--inference_log={_log_folder(workplace, model)}"]
    return [
        shipway(base, workplace.server_folder(f"shipway-{model}"), WITHOUT),
        shipway(base, workplace.server_folder(f"shipway-log-{model}"), WITH, log),
    ]


def _recorded_share(server: Server) -> float:
    """The share of the rows that has been written or still waits: the log drops what it has no room for."""
    counts = {"written": 0.0, "queued": 0.0, "dropped": 0.0}
    for line in server.get("/metrics").decode().splitlines():
        found = re.match(r"shipway_serving_inference_log_(\w+?)_rows\S* (\S+)", line)
        if found and found[1] in counts:
            counts[found[1]] += float(found[2])
    return round(1 - counts["dropped"] / max(1.0, sum(counts.values())), 4)


def _log_folder(workplace: Workplace, model: str) -> Path:
    return workplace.folder / "inference-log" / model


def _ratios(rows: list[Row]) -> list[Row]:
    """The rate with the log over the rate without, for every cell."""
    without = {_cell(row, WITHOUT): row["rate"] for row in rows if not row["name"].startswith(WITH)}
    found = []
    for row in rows:
        if row["name"].startswith(WITH):
            cell = _cell(row, WITH)
            found.append({"cell": list(cell), "ratio": round(row["rate"] / without[cell], 3)})
    return found


def _cell(row: Row, server: str) -> tuple[str, str, int]:
    return row["model"], row["name"].removeprefix(f"{server}, "), row["callers"]
