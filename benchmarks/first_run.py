"""The figures of running whole pipelines on one machine.

What they are compared with is measured in the same run: a fresh import of the libraries that a TFX pipeline must import
before it can do anything, even when every result is cached.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from process import Measured, measure

SHIPWAY = [sys.executable, "-m", "shipway.cli"]
IMPORTS = "import tensorflow, tensorflow_data_validation, tensorflow_transform, tensorflow_model_analysis"
TRIVIAL_STEPS = 50
REPEATS = 3

Row = dict[str, Any]


def rows(taxi_csv: Path) -> Iterator[Row]:
    """One row for every figure, as soon as it is measured."""
    imported = min((measure([sys.executable, "-c", IMPORTS]) for _ in range(REPEATS)), key=lambda m: m.seconds)
    yield _row("fresh import of TensorFlow, TFDV, TFT and TFMA", imported)
    yield from _taxi(taxi_csv, imported)
    yield from _overhead()
    yield from _flights()


def _taxi(taxi_csv: Path, imported: Measured) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as home:
        command = [*SHIPWAY, "run", "taxi", "--param", f"data={taxi_csv}", "--json"]
        cold = measure(command, environment={"SHIPWAY_HOME": home}, cwd=Path(home))
        report = json.loads(cold.last_line)
        yield _row(
            "taxi, cold, 15,002 rows, 1,000 steps of 40", cold, goal="at most 20 s", steps=_seconds(report),
            metrics=report["metrics"],
        )  # fmt: skip
        cached = [measure(command, environment={"SHIPWAY_HOME": home}, cwd=Path(home)) for _ in range(REPEATS)]
        best = min(cached, key=lambda m: m.seconds)
        all_cached = all(step["cached"] for step in json.loads(best.last_line)["steps"])
        ratio = best.seconds / imported.seconds
        yield _row("taxi, all cached", best, goal="at most 0.1 of the import", ratio=round(ratio, 3), cached=all_cached)


def _overhead() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Path(folder, "trivial.py")
        pipeline.write_text(_trivial_pipeline(TRIVIAL_STEPS))
        measured = measure([*SHIPWAY, "run", str(pipeline), "--json"], environment={"SHIPWAY_HOME": f"{folder}/home"})
    yield _row(
        f"{TRIVIAL_STEPS} trivial steps, one after the other", measured, goal="at most 0.1 s a step",
        seconds_a_step=round(measured.seconds / TRIVIAL_STEPS, 4),
    )  # fmt: skip


def _flights() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as home:
        measured = measure([*SHIPWAY, "run", "flights", "--json"], environment={"SHIPWAY_HOME": home}, cwd=Path(home))
    report = json.loads(measured.last_line)
    yield _row(
        "flights, cold, 336,776 rows", measured, goal="at most 60 s", steps=_seconds(report), metrics=report["metrics"],
        blessed=report["blessed"],
    )  # fmt: skip


def _row(name: str, measured: Measured, **more: Any) -> Row:
    return {"name": name, "seconds": round(measured.seconds, 3), "peak_mib": round(measured.peak_mib), **more}


def _seconds(report: Row) -> dict[str, float]:
    return {step["name"]: step["seconds"] for step in report["steps"]}


def _trivial_pipeline(count: int) -> str:
    """A pipeline file whose steps hand one number on, each waiting for the one before."""
    chain = "\n".join(f"    task_{n} = add(number={'0' if n == 0 else f'task_{n - 1}.output'})" for n in range(count))
    return (
        "from kfp import dsl\nfrom shipway.step import step\n\n\n"
        '@step(image="control")\ndef add(number: int) -> int:\n    """Add one."""\n    return number + 1\n\n\n'
        f'@dsl.pipeline(name="trivial")\ndef trivial():\n{chain}\n'
    )
