"""`make bench-serving`: measure the model server beside KServe's and MLServer, print tables, write `results.json`.

All servers of a part run at once and are asked in turn, so ratios are taken within one run on one machine; figures of
different machines do not compare.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent))

import goals
import inference_log
import load
import overload
import rounds
import soak
import swap
import throughput
import workplace
from mlserver_environment import mlserver_python
from row_checks import WrongAnswers
from servers import ROOT, ServerFailed

RESULTS = Path(__file__).with_name("results.json")
PARTS: dict[str, Callable[[workplace.Workplace], dict[str, Any]]] = {
    "throughput": throughput.rest,
    "grpc": throughput.grpc,
    "slow": throughput.slow,
    "swap": swap.measure,
    "soak": soak.measure,
    "overload": overload.measure,
    "log": inference_log.measure,
}
WITH_MLSERVER = {"throughput", "slow"}
PACKAGES = ("tensorflow", "kserve", "uvicorn", "uvloop", "grpcio", "numpy", "orjson")


def main() -> int:
    """Measure what was asked for; returns 1 when something is missing or a server does not answer as it must."""
    arguments = _arguments()
    output = arguments.output or (None if arguments.quick else RESULTS)
    try:
        load.require_h2load()
        with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
            results = _measure(arguments, Path(folder), _measured_before(output) if arguments.only else {})
    except (load.MissingTool, ServerFailed, WrongAnswers) as error:
        print(error, file=sys.stderr)
        return 1
    _show_goals(results["goals"])
    if output is not None:
        output.write_text(json.dumps(results, indent=2) + "\n")
        print(f"\nWritten to {output}.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only",
        metavar="PARTS",
        help=f"parts to measure, with commas between them, of {', '.join(PARTS)}; the others are kept as they were",
    )
    parser.add_argument("--quick", action="store_true", help="short rounds, to try things; writes no results.json")
    parser.add_argument("--soak-seconds", type=float, help="how long the soak lasts")
    parser.add_argument(
        "--output", type=Path, help=f"where to write the results, by default {RESULTS.name} beside this"
    )
    arguments = parser.parse_args()
    arguments.parts = arguments.only.split(",") if arguments.only else list(PARTS)
    unknown = sorted(set(arguments.parts) - set(PARTS))
    if unknown:
        parser.error(f"--only names {', '.join(unknown)}, which is no part: the parts are {', '.join(PARTS)}")
    return arguments


def _measured_before(path: Path | None) -> dict[str, Any]:
    """The parts that the file of results has."""
    parts: dict[str, Any] = json.loads(path.read_text())["parts"] if path is not None and path.exists() else {}
    return parts


def _measure(arguments: argparse.Namespace, folder: Path, before: dict[str, Any]) -> dict[str, Any]:
    lengths = workplace.QUICKLY if arguments.quick else workplace.Lengths()
    if arguments.soak_seconds:
        lengths = dataclasses.replace(lengths, soak_seconds=arguments.soak_seconds)
    python = mlserver_python() if WITH_MLSERVER & set(arguments.parts) else None
    place = workplace.Workplace(folder, lengths, python)
    workplace.prepare(folder)
    results: dict[str, Any] = {"machine": _machine(), "lengths": dataclasses.asdict(lengths)}
    results["limit"] = throughput.limit(place)
    found = dict(before)
    for part in arguments.parts:
        print(f"\n{part}\n{rounds.HEAD}" if part in ("throughput", "grpc", "slow", "log") else f"\n{part}", flush=True)
        found[part] = {"measured": _now(), "commit": _commit(), **PARTS[part](place)}
    results["parts"] = {part: found[part] for part in PARTS if part in found}
    results["goals"] = goals.judge(results["parts"])
    return results


def _show_goals(judged: list[dict[str, Any]]) -> None:
    print(f"\n{goals.HEAD}")
    for goal in judged:
        print(goals.line(goal))
    verdicts = [goal["met"] for goal in judged if goal["met"] is not None]
    print(f"\n{sum(verdicts)} of {len(verdicts)} goals met.")


def _machine() -> dict[str, Any]:
    processor = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    return {
        "cores": os.cpu_count(),
        "processor": processor,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "mlserver": "1.6.1",
        "load": load.require_h2load(),
    }


def _commit() -> str:
    """What was measured; "-dirty" where files had changed since."""
    described = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(described, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
