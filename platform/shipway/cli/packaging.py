"""From a pipeline to the file that Kubeflow Pipelines takes, for every command that makes one: all make the same."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from shipway.artifacts import write_text
from shipway.placement import ClusterSettings, Placement, find_cluster_settings, place_file
from shipway.runner import compile_pipeline
from shipway.runner.targets import resolve_target


def add_cluster_file(parser: argparse.ArgumentParser) -> None:
    """The option that says which cluster a pipeline is compiled for."""
    parser.add_argument(
        "--cluster-file",
        type=Path,
        metavar="FILE",
        help="the cluster's images, node pools, secrets and what its steps get (default: $SHIPWAY_CLUSTER_FILE, or "
        "cluster.yaml here)",
    )


def cluster_settings(cluster_file: Path | None) -> ClusterSettings:
    """The settings that a command works with. Raises `ClusterFileFault`."""
    return find_cluster_settings(cluster_file, os.environ)


def package(target: str, output: Path, cluster_file: Path | None) -> Placement:
    """Compile a pipeline, or take a compiled one, and place it for the cluster; writes all of `output` or nothing.

    Raises `ClusterFileFault` before anything is compiled, what compiling raises, and `PlacementFault`.
    """
    settings = cluster_settings(cluster_file)
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder, "pipeline.yaml")
        found = resolve_target(target)
        if found.compiled:
            shutil.copyfile(found.path, compiled)
        else:
            compile_pipeline(target, compiled)
        placement = place_file(compiled, settings)
        write_text(output, compiled.read_text(encoding="utf-8"))
    return placement
