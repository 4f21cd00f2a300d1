"""`shipway runs`: what ran on this machine, and one run with its steps."""

from __future__ import annotations

import argparse
import json
from datetime import datetime

from shipway.cli.run_report import as_json, as_text
from shipway.cli.run_view import outcome
from shipway.cli.table import table
from shipway.errors import UsageError
from shipway.runner import Home, RunResult, list_runs, read_run
from shipway.runner.run_store import UnknownRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=["show"], help="show one run instead of a list")
    parser.add_argument("run_id", nargs="?", metavar="RUN", help="the run to show")
    parser.add_argument("--pipeline", help="only runs of this pipeline")
    parser.add_argument("--limit", type=int, default=20, help="how many at most, newest first (default: 20; 0: all)")
    parser.add_argument("--cluster", action="store_true", help="runs of the cluster, as Kubeflow Pipelines has them")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    if options.action and not options.run_id:
        where = " --cluster" if options.cluster else ""
        raise UsageError(f"'shipway runs show' needs the id of a run: 'shipway runs{where}' lists them.")
    if options.cluster:
        from shipway.cli.cluster.listing import print_runs

        return print_runs(options)
    home = Home(options.settings.home)
    if options.action:
        return _show_one(options, home)
    runs = [one for one in list_runs(home) if options.pipeline in (None, one.pipeline)]
    chosen = runs[: options.limit] if options.limit else runs
    if options.json:
        print(json.dumps([_brief(one) for one in chosen], indent=2))
    elif not chosen:
        print(f"No runs in {home.path}.")
    else:
        rows = [(one.run_id, one.pipeline, one.state.lower(), _when(one), f"{one.seconds:.1f} s") for one in chosen]
        print(table(("RUN", "PIPELINE", "STATE", "STARTED", "TIME"), rows))
    return 0


def _show_one(options: argparse.Namespace, home: Home) -> int:
    """A run of this home, or else one that the metadata store which is set knows."""
    try:
        _show(read_run(home, options.run_id), home, options.json)
    except UnknownRun:
        from shipway.cli.recorded_run import find_if_any, show

        recorded = find_if_any(options.settings.metadata, options.run_id)
        if recorded is None:
            raise
        show(recorded, options.json)
    return 0


def _show(result: RunResult, home: Home, json_wanted: bool) -> None:
    if json_wanted:
        print(json.dumps({**as_json(result), "parameters": result.parameters}, indent=2))
        return
    parameters = ", ".join(f"{name}={json.dumps(value)}" for name, value in result.parameters.items())
    print(f"started {_when(result)}" + (f" with {parameters}" if parameters else ""))
    rows = [(task.name, outcome(task), f"{task.seconds:.2f} s", task.sentence) for task in result.tasks]
    print(table(("STEP", "STATE", "TIME", ""), rows))
    print(f"\n{as_text(result, home)}")


def _brief(result: RunResult) -> dict[str, object]:
    return {
        "run_id": result.run_id,
        "pipeline": result.pipeline,
        "state": result.state,
        "started": _when(result),
        "seconds": round(result.seconds, 3),
    }


def _when(result: RunResult) -> str:
    return datetime.fromtimestamp(result.started).strftime("%Y-%m-%d %H:%M:%S") if result.started else ""
