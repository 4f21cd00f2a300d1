"""What a person, or a script, is shown of runs of a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shipway.cli.run_report import as_json, findings
from shipway.cli.run_view import outcome
from shipway.cli.table import table
from shipway.kube.pipelines.records import CANCELLED, FAILED, FINAL, SUCCEEDED, ClusterRun
from shipway.runner import RunResult


def result_as_json(result: RunResult) -> dict[str, Any]:
    """The fields of a local run's object, and the sentence of each step."""
    told = as_json(result)
    sentences = {task.name: task.sentence for task in result.tasks}
    steps = [{**step, "sentence": sentences[step["name"]]} for step in told["steps"]]
    return {**told, "steps": steps, "pipeline": result.pipeline, "parameters": result.parameters}


def result_as_text(result: RunResult) -> str:
    """The run as a few lines, failures with the next command."""
    took = f"in {result.seconds:.1f} s" if result.state in FINAL else f"for {result.seconds:.1f} s"
    lines = [f"{result.pipeline}: {result.state.lower()} {took}, run {result.run_id}"]
    lines.extend(_failures(result))
    lines.extend(findings(result))
    return "\n".join(lines)


def shown_run(result: RunResult) -> str:
    """A run with its steps as a table."""
    parameters = ", ".join(f"{name}={json.dumps(value)}" for name, value in result.parameters.items())
    rows = [(task.name, outcome(task), f"{task.seconds:.2f} s", task.sentence) for task in result.tasks]
    return "\n".join(
        [
            f"started {moment(result.started)}" + (f" with {parameters}" if parameters else ""),
            table(("STEP", "STATE", "TIME", ""), rows),
            "",
            result_as_text(result),
        ]
    )


def runs_as_table(runs: list[ClusterRun]) -> str:
    rows = [
        (one.run_id, one.pipeline, one.state.lower(), moment(one.started), f"{one.seconds:.1f} s", one.name)
        for one in runs
    ]
    return table(("RUN", "PIPELINE", "STATE", "STARTED", "TIME", "NAME"), rows)


def brief(run: ClusterRun) -> dict[str, Any]:
    """A run in a list, with the fields of a local one."""
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "state": run.state,
        "started": moment(run.started),
        "seconds": round(run.seconds, 3),
        "name": run.name,
    }


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S") if seconds else ""


def _failures(result: RunResult) -> Iterator[str]:
    failed = [task for task in result.tasks if task.state == FAILED]
    for task in failed:
        yield f"\n{task.name} failed: {task.sentence}"
        yield f"  log: shipway logs {result.run_id} {task.name} --cluster"
    if result.state in (FAILED, CANCELLED):
        if not failed and result.sentence:
            yield f"\n{result.sentence}"
        yield f"\nrun again what did not succeed: shipway retry {result.run_id}"
    elif result.state != SUCCEEDED:
        yield f"see how it goes on: shipway runs show {result.run_id} --cluster"
