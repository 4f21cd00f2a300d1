"""`shipway upload`: a pipeline as a version in Kubeflow Pipelines, a new one whenever its content is another."""

from __future__ import annotations

import argparse
import json

from shipway.cli.packaging import add_cluster_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", help="a name (flights), a .py file, a module or a compiled YAML")
    add_cluster_file(parser)
    parser.add_argument("--description", default="", metavar="TEXT", help="what the dashboard shows of a new version")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def run(options: argparse.Namespace) -> int:
    from shipway.cli.cluster.launching import packaged, told_version
    from shipway.kube.pipelines.connection import connect
    from shipway.kube.pipelines.versions import upload

    api = connect(options.settings.cluster)
    version = upload(api, packaged(options.pipeline, options.cluster_file), options.description)
    if options.json:
        facts = ("pipeline", "name", "pipeline_id", "version_id", "is_new")
        print(json.dumps({fact: getattr(version, fact) for fact in facts}))
    else:
        print(told_version(version))
        print(f"run it: shipway submit --version {version.name}")
    return 0
