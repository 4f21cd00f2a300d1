"""`shipway runs --cluster`: the runs of a cluster, or one with its steps."""

from __future__ import annotations

import argparse
import json

from shipway.cli.cluster.report import brief, result_as_json, runs_as_table, shown_run
from shipway.cli.cluster.results import explained_run
from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.runs import list_runs


def print_runs(options: argparse.Namespace) -> int:
    api = connect(options.settings.cluster)
    if options.action:
        result = explained_run(api, options.settings, options.run_id).result
        print(json.dumps(result_as_json(result), indent=2) if options.json else shown_run(result))
        return 0
    runs = list_runs(api, pipeline=options.pipeline or "", limit=options.limit or None)
    if options.json:
        print(json.dumps([brief(one) for one in runs], indent=2))
    else:
        print(runs_as_table(runs) if runs else f"No runs at {api.address.kfp_endpoint}.")
    return 0
