"""`shipway logs`: what a step printed, stack traces included."""

from __future__ import annotations

import argparse
import shutil
import sys

from shipway.errors import UsageError
from shipway.runner import Home, read_run


class NoLog(UsageError):
    """A step without a log: of another name, or one that never ran."""

    def __init__(self, run_id: str, step: str, logs: list[str]) -> None:
        there = f"there are logs of {', '.join(logs)}" if logs else "no step of it has one"
        super().__init__(f"Run {run_id!r} has no log of a step {step!r}: {there}; a cached step has none.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_id", metavar="RUN", help="the run, as 'shipway runs' lists it")
    parser.add_argument("step", metavar="STEP", help="the step's name in the run, such as trainer")
    parser.add_argument(
        "--cluster", action="store_true", help="a run of the cluster, as 'shipway runs --cluster' lists it"
    )


def run(options: argparse.Namespace) -> int:
    if options.cluster:
        return _print_of_cluster(options)
    home = Home(options.settings.home)
    read_run(home, options.run_id)
    folder = home.logs / options.run_id
    logs = sorted(path.stem for path in folder.glob("*.log"))
    if options.step not in logs:
        raise NoLog(options.run_id, options.step, logs)
    with home.log_file(options.run_id, options.step).open(encoding="utf-8", errors="replace") as log:
        shutil.copyfileobj(log, sys.stdout)
    return 0


def _print_of_cluster(options: argparse.Namespace) -> int:
    from shipway.kube.pipelines.connection import connect
    from shipway.kube.pipelines.logs import find_task, read_log
    from shipway.kube.pipelines.watching import read_run as read_cluster_run

    api = connect(options.settings.cluster)
    found, tasks = read_cluster_run(api, options.run_id)
    sys.stdout.write(read_log(api, found, find_task(found, tasks, options.step), api.address.kfp_namespace))
    return 0
