"""What a person, or a script, wants to know at the end of a run: how good the model is, and where it went."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shipway.cli.run_view import outcome
from shipway.runner import Home, RunResult

LABEL_WIDTH = 12


def as_json(result: RunResult) -> dict[str, Any]:
    """The run as one object: `metrics` are the last evaluation's overall ones, `pushed` a path or None."""
    return {
        "run_id": result.run_id,
        "state": result.state,
        "seconds": round(result.seconds, 3),
        "steps": [
            {"name": task.name, "state": task.state, "cached": task.cached, "seconds": round(task.seconds, 3)}
            for task in result.tasks
        ],
        "metrics": evaluation_summary(result).get("metrics", {}),
        "blessed": is_blessed(result),
        "pushed": pushed_path(result),
    }


def as_text(result: RunResult, home: Home) -> str:
    """The run as a few lines."""
    lines = [f"{result.pipeline}: {result.state.lower()} in {result.seconds:.1f} s, run {result.run_id}"]
    for part in (failures(result, home), findings(result), _places(result)):
        lines.extend(part)
    return "\n".join(lines)


def findings(result: RunResult) -> Iterator[str]:
    """What the run found out about its data and its model."""
    for part in (_anomalies(result), _evaluation(result), _verdict(result)):
        yield from part


def artifacts_of(result: RunResult, type_name: str) -> list[Any]:
    """All artifacts of a type that the run's tasks put out, in the order of the tasks."""
    return [
        artifact
        for task in result.tasks
        for listed in task.outputs.artifacts.values()
        for artifact in listed
        if artifact.type_name == type_name
    ]


def evaluation_summary(result: RunResult) -> dict[str, Any]:
    """The Evaluator's own summary of the run's last evaluation, or an empty one."""
    summaries = [
        one.metadata["summary"] for one in artifacts_of(result, "ModelEvaluation") if "summary" in one.metadata
    ]
    return json.loads(str(summaries[-1])) if summaries else {}


def is_blessed(result: RunResult) -> bool:
    """Whether the run judged a model and every judge blessed it."""
    blessings = artifacts_of(result, "ModelBlessing")
    judges = blessings + artifacts_of(result, "InfraBlessing")
    return bool(blessings) and all(int(one.metadata.get("blessed", 0)) == 1 for one in judges)


def pushed_path(result: RunResult) -> str | None:
    """The folder that the run's last push filled, or found filled with the same model."""
    for artifact in reversed(artifacts_of(result, "PushedModel")):
        destination, version = artifact.metadata.get("pushed_destination"), artifact.metadata.get("pushed_version")
        if destination and version and "://" in str(destination):
            return f"{destination}/{version}"
        if destination and version:
            path = Path(str(destination))
            return str(path if path.name == str(version) else path / str(version))
    return None


def failures(result: RunResult, home: Home) -> Iterator[str]:
    """Why the run did not succeed, and how to go on."""
    failed = [task for task in result.tasks if task.state == "FAILED"]
    for task in failed:
        yield f"\n{task.name} failed: {task.sentence}"
        yield f"  log: {home.log_file(result.run_id, task.name)}"
    if result.state != "SUCCEEDED":
        unfinished = ", ".join(task.name for task in result.tasks if outcome(task) in ("skipped", "cancelled"))
        if unfinished:
            yield f"\nnot run: {unfinished}"
        target = shlex.quote(result.target or result.pipeline)
        yield f"go on where it stopped: shipway run {target} --resume {result.run_id}"


def _anomalies(result: RunResult) -> Iterator[str]:
    """Anomalies that were recorded and did not stop the run."""
    found = sum(int(one.metadata.get("anomalies", 0)) for one in artifacts_of(result, "ExampleAnomalies"))
    if found:
        count = "one anomaly" if found == 1 else f"{found} anomalies"
        yield f"\nthe data has {count}, see: shipway schema diff {result.run_id}"


def _evaluation(result: RunResult) -> Iterator[str]:
    summary = evaluation_summary(result)
    if not summary:
        return
    yield f"\nmetrics on {summary.get('rows', 0):,} rows"
    baseline, metrics = summary.get("baseline_metrics", {}), summary.get("metrics", {})
    width = max(map(len, metrics), default=0)
    for name, value in metrics.items():
        before = f"   before: {_number(baseline[name])}" if name in baseline else ""
        yield f"  {name:<{width}}  {_number(value)}{before}"
    for name, slices in summary.get("worst_slices", {}).items():
        worst = ", ".join(f"{one['slice']} {_number(one['value'])} ({one['rows']:,} rows)" for one in slices)
        yield f"  worst slices by {name}: {worst}"


def _verdict(result: RunResult) -> Iterator[str]:
    judges = [*artifacts_of(result, "ModelBlessing"), *artifacts_of(result, "InfraBlessing")]
    if not judges:
        return
    yield f"\n{'blessed' if is_blessed(result) else 'not blessed'}"
    for judge in judges:
        yield from (f"  {reason}" for reason in json.loads(str(judge.metadata.get("reasons", "[]"))))
        if judge.metadata.get("note"):
            yield f"  {judge.metadata['note']}"


def _places(result: RunResult) -> Iterator[str]:
    model = _model_uri(result)
    pushed = pushed_path(result)
    if model or pushed:
        yield ""
    if model:
        yield f"{'model':<{LABEL_WIDTH}}{model}"
    if pushed:
        yield f"{'pushed':<{LABEL_WIDTH}}{pushed}"
        yield f"{'serve it':<{LABEL_WIDTH}}shipway serve {shlex.quote(_from_here(Path(pushed).parent))}"
    if model:
        yield f"{'lineage':<{LABEL_WIDTH}}shipway lineage {model}"


def _from_here(path: Path) -> str:
    """A path as a person standing in the current folder would type it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _model_uri(result: RunResult) -> str:
    """The model that the run judged, or the last one that it made; not one that a resolver looked up."""
    judged = [one.metadata.get("current_model") for one in artifacts_of(result, "ModelBlessing")]
    made = [one.uri for one in artifacts_of(result, "Model") if one.resolved]
    return str(next((uri for uri in reversed([*made, *judged]) if uri), ""))


def _number(value: Any) -> str:
    if value is None:
        return "not a number"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 1 else f"{value:.4f}"
