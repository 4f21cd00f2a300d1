"""Staying with a run of a cluster until it has ended, and saying what it came to."""

from __future__ import annotations

import argparse
import json
import sys

from shipway.cli.cluster.following import follow_to_end
from shipway.cli.cluster.report import result_as_json, result_as_text
from shipway.cli.run import EXIT_CODES
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.records import ClusterRun


def end_of_run(api: PipelinesApi, options: argparse.Namespace, run: ClusterRun) -> int:
    """Show the run until its end, then its report; returns the exit code that a run of this machine would give."""
    try:
        result = follow_to_end(api, options.settings, run).result
    except KeyboardInterrupt:
        print(
            f"\nRun {run.run_id} goes on in the cluster: 'shipway runs show {run.run_id} --cluster' tells how, "
            f"'shipway terminate {run.run_id}' ends it.",
            file=sys.stderr,
        )
        raise
    print(json.dumps(result_as_json(result)) if options.json else result_as_text(result), flush=True)
    return EXIT_CODES.get(result.state, 1)
