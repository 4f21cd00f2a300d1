"""`shipway compile`: the YAML that is uploaded to Kubeflow Pipelines, and that `shipway run` takes too."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from shipway.cli.packaging import add_cluster_file, package
from shipway.errors import UsageError
from shipway.placement import Placement
from shipway.placement.explaining import explain

FACT_WIDTH = 12


class NothingToDo(UsageError):
    """Neither a file to write nor anything to show."""

    def __init__(self) -> None:
        super().__init__("Say where to write the YAML, with -o FILE, or look at what each step gets, with --explain.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", help="a name (flights), a .py file, a module with one @dsl.pipeline, or its YAML")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write the YAML")
    parser.add_argument("--explain", action="store_true", help="print what each step gets in the cluster")
    add_cluster_file(parser)


def run(options: argparse.Namespace) -> int:
    if options.output is None and not options.explain:
        raise NothingToDo
    placement = _compile(options)
    for note in placement.notes:
        print(f"Note: {note}", file=sys.stderr)
    if options.explain:
        print(explanation(placement))
    if options.output is not None:
        print(f"Compiled {options.pipeline} to {options.output}.")
    return 0


def explanation(placement: Placement) -> str:
    """What each task gets, a block of lines a task."""
    blocks = []
    for task in explain(placement):
        lines = [f"  {name:<{FACT_WIDTH}}{text}" for name, text in task.facts]
        within = f", in {task.within}" if task.within else ""
        blocks.append("\n".join([f"{task.task} (step {task.step}{within})", *lines]))
    return "\n\n".join(blocks)


def _compile(options: argparse.Namespace) -> Placement:
    if options.output is not None:
        return package(options.pipeline, options.output, options.cluster_file)
    with tempfile.TemporaryDirectory() as folder:
        return package(options.pipeline, Path(folder, "pipeline.yaml"), options.cluster_file)
