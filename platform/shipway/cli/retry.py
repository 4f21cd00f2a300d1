"""`shipway retry`: have what failed in a run of the cluster run again, under the run's own id."""

from __future__ import annotations

import argparse
import sys

SAME_CODE = (
    "The same images and parameters are used again: after a change to code that an image holds, or to the pipeline, "
    "build the image and 'shipway submit' instead."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_id", metavar="RUN", help="the run, as 'shipway runs --cluster' lists it")
    parser.add_argument("--wait", action="store_true", help="show the run until it has ended; exit 1 when it failed")
    parser.add_argument("--json", action="store_true", help="with --wait, print one JSON object as the last line")


def run(options: argparse.Namespace) -> int:
    from shipway.cli.cluster.ending import end_of_run
    from shipway.kube.pipelines.connection import connect
    from shipway.kube.pipelines.records import FAILED
    from shipway.kube.pipelines.runs import retry_run
    from shipway.kube.pipelines.watching import read_run

    api = connect(options.settings.cluster)
    failed, _ = read_run(api, options.run_id)
    retry_run(api, failed)
    if failed.state == FAILED:  # one that was terminated may have had no fault
        print(SAME_CODE, file=sys.stderr)
    if options.wait:
        return end_of_run(api, options, failed)
    print(f"Run {failed.run_id} goes on: what had not succeeded runs again.")
    return 0
