"""What `shipway submit` and `shipway schedule` are asked to run: a pipeline here, or a version in the cluster."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from shipway.cli.packaging import add_cluster_file, cluster_settings, package
from shipway.cli.parameters import add_parameters, given_parameters
from shipway.errors import UsageError
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.experiments import DEFAULT
from shipway.kube.pipelines.package import Package
from shipway.kube.pipelines.runs import RunRequest
from shipway.kube.pipelines.versions import Version, find_version, upload
from shipway.runner.interface import read_interface
from shipway.runner.parameters import bind_parameters


class NothingToLaunch(UsageError):
    """Neither a pipeline nor a version."""

    def __init__(self) -> None:
        super().__init__(
            "Name a pipeline (flights, pipeline.py, pipeline.yaml), or with --version a version that is in the cluster."
        )


def add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", nargs="?", help="a name (flights), a .py file, a module or a compiled YAML")
    parser.add_argument("--version", metavar="VERSION", help="run what was uploaded before: the version's name or id")
    add_parameters(parser)
    add_cluster_file(parser)
    parser.add_argument("--no-cache", action="store_true", help="run every step, even if its result is known")
    parser.add_argument("--experiment", default=DEFAULT, metavar="NAME", help="the group of runs (default: Default)")
    parser.add_argument("--service-account", default="", metavar="NAME", help="as whom the steps' pods run")
    parser.add_argument("--pipeline-root", default="", metavar="URI", help="where artifacts are written")


def packaged(target: str, cluster_file: Path | None) -> Package:
    """The pipeline compiled and placed by the cluster settings: the content of what `shipway compile` writes."""
    with tempfile.TemporaryDirectory() as folder:
        placement = package(target, Path(folder, "pipeline.yaml"), cluster_file)
    for note in placement.notes:
        print(note, file=sys.stderr)
    return Package(placement.pipeline, placement.platform)


def launch_request(api: PipelinesApi, options: argparse.Namespace, name: str = "") -> RunRequest:
    """What the options ask for, checked as `shipway run` checks it; the pipeline is uploaded where it is not there.

    Raises `NothingToLaunch`, the `UsageError`s of parameters, and what compiling, placing and uploading raise.
    """
    if not (options.pipeline or options.version):
        raise NothingToLaunch
    settings = cluster_settings(options.cluster_file)
    wanted, known = _wanted(api, options)
    if options.no_cache:
        wanted, known = wanted.without_cache(), None
    parameters = bind_parameters(wanted.name, read_interface(wanted.spec), given_parameters(options.param))
    return RunRequest(
        version=known or _uploaded(api, wanted),
        parameters=parameters,
        name=name,
        experiment=options.experiment,
        service_account=options.service_account or settings.service_account,
        pipeline_root=options.pipeline_root,
    )


def told_version(version: Version) -> str:
    """One line on what an upload came to."""
    what = "Uploaded" if version.is_new else "Already there:"
    return f"{what} version {version.name} of {version.pipeline}."


def _wanted(api: PipelinesApi, options: argparse.Namespace) -> tuple[Package, Version | None]:
    if options.version:
        version, content = find_version(api, options.version, options.pipeline or "")
        return content, version
    return packaged(options.pipeline, options.cluster_file), None


def _uploaded(api: PipelinesApi, wanted: Package) -> Version:
    version = upload(api, wanted)
    print(told_version(version), file=sys.stderr)
    return version
