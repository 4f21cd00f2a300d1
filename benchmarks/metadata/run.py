"""`python benchmarks/metadata/run.py`: stores of many artifacts: measure, print, hold against the goals.

Each size is measured in processes of its own, so that a peak of memory is its own. Goals count for the first size; the
others are reported. What fails is told at the end, and does not keep the rest from being measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from figures import Figure

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
SIZES = (100_000, 1_000_000)
REQUESTS, REQUESTS_OF_OTHERS = 150, 20
"""Pages of each kind at the first size and at the others."""

PUTS_A_SECOND = 1000
LONGEST_SECONDS = 900
"""Of one script."""


class Failed(Exception):
    """A script that did not come to its end."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artifacts", type=int, nargs="+", default=list(SIZES), help="sizes of the store")
    parser.add_argument("--folder", type=Path, help="where the stores are made (default: a temporary folder)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shipway-bench-", dir=options.folder))
    rows: list[tuple[int | None, Figure]] = []
    failures: list[str] = []
    try:
        for size in options.artifacts:
            is_first = size == options.artifacts[0]
            for command in _of_store(folder / str(size), size, REQUESTS if is_first else REQUESTS_OF_OTHERS):
                rows += _measured(command, failures, size, has_goals=is_first)
            shutil.rmtree(folder / str(size), ignore_errors=True)
        rows += _puts(failures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _write(rows, failures)
    return _verdict(rows, failures)


def _of_store(folder: Path, size: int, requests: int) -> Iterator[Sequence[str]]:
    """The scripts that make a store of one size and measure it."""
    folder.mkdir(parents=True)
    yield ("generate.py", str(folder), f"--artifacts={size}")
    yield ("pages.py", str(folder), f"--requests={requests}")
    yield ("measure.py", str(folder))


def _measured(
    command: Sequence[str], failures: list[str], size: int, has_goals: bool
) -> Iterator[tuple[int | None, Figure]]:
    """The figures that a script tells, as they come."""
    _progress(f"{size:,} artifacts: {command[0]}")
    try:
        for line in _lines(command):
            if line.startswith("{"):
                figure = Figure.of_line(line)
                figure = figure if has_goals else replace(figure, at_most=None, at_least=None)
                _show(f"{size:,}: {figure.name}", figure)
                yield size, figure
    except Failed as failure:
        failures.append(f"{size:,} artifacts: {failure}")
        _progress(failures[-1])


def _puts(failures: list[str]) -> Iterator[tuple[int | None, Figure]]:
    """Records a second through the service, from eight clients at once; none may be lost or stored twice."""
    for call, goal in (("artifact", PUTS_A_SECOND), ("execution", None)):
        _progress(f"service: puts of an {call}")
        try:
            found = json.loads(list(_lines(("puts.py", "--call", call)))[-1])
        except (Failed, LookupError, ValueError) as failure:
            failures.append(f"puts of an {call}: {failure}")
            continue
        name = f"service, puts of an {call} from {found['clients']} clients"
        figures = (
            Figure(name, found["puts_per_second"], "/s", at_least=goal),
            Figure(f"{name}, p99", found["p99_ms"], "ms"),
            Figure(f"{name}, lost or stored twice", abs(found["lost_or_doubled"]), "", at_most=0),
        )
        for figure in figures:
            _show(figure.name, figure)
            yield None, figure


def _lines(command: Sequence[str]) -> Iterator[str]:
    """What a script prints, line by line. Raises `Failed`."""
    ends = time.monotonic() + LONGEST_SECONDS
    script, *arguments = command
    with subprocess.Popen(
        [sys.executable, HERE / script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            yield line
            if time.monotonic() > ends:
                process.kill()
                raise Failed(f"{script} took longer than {LONGEST_SECONDS} s")
        errors = process.stderr.read()
    if process.returncode:
        raise Failed(f"{script} ended with {process.returncode}: {errors.strip().splitlines()[-1:]}")


def _write(rows: Sequence[tuple[int | None, Figure]], failures: Sequence[str]) -> None:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    told = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "rows": [
            {"artifacts": size} | {key: value for key, value in asdict(one).items() if value is not None}
            for size, one in rows
        ],
        "failures": list(failures),
    }
    RESULTS.write_text(json.dumps(told, indent=2) + "\n")
    print(f"\nWritten to {RESULTS.name}.")


def _verdict(rows: Sequence[tuple[int | None, Figure]], failures: Sequence[str]) -> int:
    """Tell which goals were met; 1 where something could not be measured."""
    held = [one for _, one in rows if one.goal]
    missed = [one for one in held if not one.is_met]
    print(f"{len(held) - len(missed)} of {len(held)} goals are met.")
    for one in missed:
        print(f"missed: {one.name}: {one.value:g} {one.unit}, {one.goal}")
    for failure in failures:
        print(f"not measured: {failure}")
    return 1 if failures else 0


def _show(name: str, figure: Figure) -> None:
    print(f"{name:<72}{figure.value:>10g} {figure.unit:<4} {figure.goal}", flush=True)


def _progress(text: str) -> None:
    print(f"[{time.monotonic() - BEGAN:5.0f} s] {text}", flush=True)


BEGAN = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
