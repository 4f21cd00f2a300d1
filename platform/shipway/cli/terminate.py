"""`shipway terminate`: end a run of the cluster, and wait until it has ended."""

from __future__ import annotations

import argparse

ENDS_WITHIN_SECONDS = 180.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_id", metavar="RUN", help="the run, as 'shipway runs --cluster' lists it")


def run(options: argparse.Namespace) -> int:
    from shipway.kube.pipelines.connection import connect
    from shipway.kube.pipelines.runs import find_run, terminate_run
    from shipway.kube.pipelines.watching import wait_for_termination

    api = connect(options.settings.cluster)
    found = find_run(api, options.run_id)
    if found.is_final:
        print(f"Run {found.run_id} has ended already: it is {found.state.lower()}.")
        return 0
    terminate_run(api, found)
    ended = wait_for_termination(api, found.run_id, ENDS_WITHIN_SECONDS)
    print(f"Run {ended.run_id} has ended: it is {ended.state.lower()} after {ended.seconds:.0f} s.")
    print(f"go on where it stopped: shipway retry {ended.run_id}")
    return 0
