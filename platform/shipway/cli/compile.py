"""`shipway compile`: the YAML that is uploaded to Kubeflow Pipelines, and that `shipway run` takes too."""

from __future__ import annotations

import argparse
from pathlib import Path

from shipway.runner import compile_pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", help="a name (flights), a .py file or a module with one @dsl.pipeline")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="where to write the YAML")


def run(options: argparse.Namespace) -> int:
    compile_pipeline(options.pipeline, options.output)
    print(f"Compiled {options.pipeline} to {options.output}.")
    return 0
