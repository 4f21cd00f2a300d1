"""`shipway COMMAND`: finds the command, parses its arguments and maps errors to exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import shipway
from shipway.errors import ShipwayError
from shipway.settings import Settings

COMMANDS = {
    "init": "start a project of one's own from a template",
    "run": "run a pipeline on this machine",
    "compile": "write a pipeline as the YAML that Kubeflow Pipelines takes",
    "build-image": "put one's own module files and steps into images, on top of the platform's",
    "upload": "make a pipeline a version in Kubeflow Pipelines, once for each content",
    "submit": "run a pipeline in the cluster",
    "schedule": "have the cluster run a pipeline at set times",
    "terminate": "end a run of the cluster",
    "retry": "have what failed in a run of the cluster run again",
    "serve": "serve a pushed model over REST and gRPC",
    "predict": "ask a model for predictions: one that is served, or one in a folder",
    "models": "list what is served where: in KServe, and what was pushed elsewhere",
    "rollback": "take a model in KServe back to a version that served before",
    "ui": "look at runs, artifacts and their lineage in a browser",
    "metadata": "serve the metadata store to others, and keep it safe",
    "exporter": "tell Prometheus of pipelines, data and models",
    "watch": "record what becomes of runs in a cluster, down to their pods",
    "runs": "list runs, or show one",
    "logs": "print the log of a step",
    "artifacts": "list artifacts, or show one",
    "lineage": "show what an artifact was made from and what was made from it",
    "diff": "compare two runs: parameters, data, metrics",
    "schema": "look at a schema, compare two, accept what the data has become",
    "steps": "list the steps there are, with their interfaces",
    "gc": "delete old artifacts that nothing depends on",
}
"""The commands in the order in which a person meets them."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0, 1 for a failure, 2 for wrong usage, 130 when interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(words).parse_args(words)
        options.settings = Settings.from_environment()
        return options.run(options) or 0
    except ShipwayError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="shipway",
        description=shipway.__doc__,
        epilog="SHIPWAY_HOME names the folder of runs, artifacts, logs and metadata (default: .shipway).",
    )
    parser.add_argument("--version", action="version", version=f"shipway {shipway.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    called = next((word for word in words if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name == called:
            module = importlib.import_module(f"shipway.cli.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
