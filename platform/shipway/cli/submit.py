"""`shipway submit`: a run in the cluster, of a pipeline that is uploaded where it is not there, or of a version."""

from __future__ import annotations

import argparse
import json
import sys

from shipway.cli.cluster.launching import add_launch_arguments, launch_request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_launch_arguments(parser)
    parser.add_argument("--name", default="", metavar="NAME", help="the run's name (default: pipeline and time)")
    parser.add_argument("--wait", action="store_true", help="show the run until it has ended; exit 1 when it failed")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run(options: argparse.Namespace) -> int:
    from shipway.cli.cluster.ending import end_of_run
    from shipway.kube.pipelines.connection import connect
    from shipway.kube.pipelines.runs import create_run

    api = connect(options.settings.cluster)
    request = launch_request(api, options, options.name)
    started = create_run(api, request)
    if options.wait:
        return end_of_run(api, options, started)
    if options.json:
        told = {"run_id": started.run_id, "state": started.state, "pipeline": started.pipeline}
        print(json.dumps({**told, "version": request.version.name}))
    else:
        print(f"Started run {started.run_id} of {request.version.name}.")
        print(f"see how it goes on: shipway runs show {started.run_id} --cluster", file=sys.stderr)
    return 0
