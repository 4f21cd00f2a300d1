"""REST and gRPC on the quick model, where the server is what is measured, and the slow one, where batching is."""

from __future__ import annotations

import contextlib
from typing import Any

import payloads
import rounds
from rounds import Contender, Plan
from row_checks import check_rows, verify
from servers import Server, kserve, mlserver, shipway
from workplace import QUICK, SLOW, Workplace, run_program

CALLERS = (1, 8, 32, 64)
CALLS = ("documented", "fast")
MLSERVER_BATCHING = tuple({"max_batch_size": 64, "max_batch_time": seconds} for seconds in (0.001, 0.005))
"""Tried here: 1 ms was best with few callers, 5 ms with many; the goals count the better one of each row."""

Part = dict[str, Any]


def limit(workplace: Workplace) -> dict[str, dict[str, float]]:
    """Rows a second of the bare model call: model to batch size to figure."""
    figures: dict[str, dict[str, float]] = run_program(
        "limit.py", str(workplace.folder), str(workplace.lengths.limit_seconds)
    )
    for model, sizes in figures.items():
        for batch, rate in sizes.items():
            print(f"{f'the bare call in a loop, {model} model, batch of {batch}':<66}{rate:>12,.0f}", flush=True)
    return figures


def rest(workplace: Workplace) -> Part:
    """Every server's REST on the quick model, and whether our answers are the model's own."""
    with contextlib.ExitStack() as running:
        ours = running.enter_context(_shipway(workplace, QUICK))
        contenders = [Contender(ours, payloads.TENSORFLOW_REST), Contender(ours, payloads.OPEN_INFERENCE_REST)]
        contenders += [Contender(server, payloads.KSERVE_REST) for server in _kserve(workplace, QUICK, running)]
        contenders += [Contender(server, payloads.OPEN_INFERENCE_REST) for server in _mlserver(workplace, running)]
        part = _measured(contenders, QUICK, workplace)
        protocols = (payloads.TENSORFLOW_REST, payloads.OPEN_INFERENCE_REST)
        part["checks"] = [check_rows(Contender(ours, protocol), QUICK, workplace) for protocol in protocols]
    return part


def grpc(workplace: Workplace) -> Part:
    """Our gRPC in both protocols and KServe's on the quick model, and whether our answers are the model's own."""
    protocols = (payloads.OPEN_INFERENCE_GRPC, payloads.TENSORFLOW_GRPC)
    with contextlib.ExitStack() as running:
        ours = running.enter_context(_shipway(workplace, QUICK))
        contenders = [Contender(ours, protocol) for protocol in protocols]
        contenders += [Contender(server, protocols[0]) for server in _kserve(workplace, QUICK, running)]
        part = _measured(contenders, QUICK, workplace)
        part["checks"] = [check_rows(Contender(ours, protocol), QUICK, workplace) for protocol in protocols]
    return part


def slow(workplace: Workplace) -> Part:
    """The slow model: ours with and without batching, KServe, and MLServer with its batching."""
    with contextlib.ExitStack() as running:
        ours = running.enter_context(_shipway(workplace, SLOW))
        alone = shipway(
            workplace.base(SLOW),
            workplace.server_folder("shipway-alone"),
            "Shipway unbatched",
            ["--enable_batching=false"],
        )
        running.enter_context(alone)
        contenders = [Contender(server, payloads.TENSORFLOW_REST) for server in (ours, alone)]
        contenders += [Contender(server, payloads.KSERVE_REST) for server in _kserve(workplace, SLOW, running)]
        contenders += [
            Contender(server, payloads.OPEN_INFERENCE_REST) for server in _mlserver_batching(workplace, running)
        ]
        part = _measured(contenders, SLOW, workplace)
        part["checks"] = [check_rows(Contender(ours, payloads.TENSORFLOW_REST), SLOW, workplace)]
    return part


def _shipway(workplace: Workplace, model: str) -> Server:
    return shipway(workplace.base(model), workplace.server_folder("shipway"))


def _kserve(workplace: Workplace, model: str, running: contextlib.ExitStack) -> list[Server]:
    found = [kserve(workplace.version(model), workplace.server_folder(f"kserve-{call}"), call) for call in CALLS]
    return [running.enter_context(server) for server in found]


def _mlserver(workplace: Workplace, running: contextlib.ExitStack) -> list[Server]:
    assert workplace.mlserver_python is not None
    model, python = workplace.version(QUICK), workplace.mlserver_python
    found = [mlserver(model, workplace.server_folder(f"mlserver-{call}"), call, python) for call in CALLS]
    return [running.enter_context(server) for server in found]


def _mlserver_batching(workplace: Workplace, running: contextlib.ExitStack) -> list[Server]:
    assert workplace.mlserver_python is not None
    model, python = workplace.version(SLOW), workplace.mlserver_python
    found = []
    for call, batching in (("documented", MLSERVER_BATCHING[0]), *(("fast", one) for one in MLSERVER_BATCHING)):
        folder = workplace.server_folder(f"mlserver-{call}-{batching['max_batch_time']}")
        found.append(running.enter_context(mlserver(model, folder, call, python, batching)))
    return found


def _measured(contenders: list[Contender], model: str, workplace: Workplace) -> Part:
    lengths = workplace.lengths
    for contender in contenders:
        verify(contender, model, workplace)
    rows = rounds.measure(contenders, workplace.bodies, Plan(CALLERS, lengths.rounds, lengths.seconds))
    return {"settings": {one.server.name: one.server.settings for one in contenders}, "rows": rows}
