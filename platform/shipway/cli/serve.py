"""`shipway serve`: a pushed model over REST and gRPC, on this machine."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from shipway.cli.reference import recorded_lineage
from shipway.errors import UsageError
from shipway.lineage import RecordedArtifact
from shipway.lineage.faults import MissingStore
from shipway.serving.config.flags import add_flags, read_options
from shipway.serving.config.options import ServerOptions
from shipway.settings import Settings

WAYS_TO_NAME_MODELS = frozenset({"model_base_path", "model_config_file"})


class TwoModels(UsageError):
    """Both a pushed model and flags that name models."""

    def __init__(self, pushed: str) -> None:
        super().__init__(
            f"{pushed!r} and --model_base_path or --model_config_file both say what to serve: leave one of them out."
        )


class NothingPushed(UsageError):
    """Nothing to serve by that name."""

    def __init__(self, pushed: str, pipelines: list[str]) -> None:
        there = f"pushed here: {', '.join(pipelines)}" if pipelines else "nothing was pushed here yet"
        super().__init__(
            f"{pushed!r} is no folder and no pipeline that has pushed a model ({there}): give the folder that "
            "'shipway run' shows as pushed, or a pipeline's name."
        )


class NothingToServe(UsageError):
    """No name was given, and lineage knows of no pushed model."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was pushed here yet: run a pipeline that pushes a model, such as 'shipway run flights', or name "
            "the folder of a model."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pushed",
        nargs="?",
        help="a pushed model: its folder, one version of it, or the name of the pipeline that pushed it "
        "(default: the model that was pushed last)",
    )
    add_flags(parser)


def run(options: argparse.Namespace) -> int:
    flags = read_options(options)
    if options.pushed and WAYS_TO_NAME_MODELS & flags.given:
        raise TwoModels(options.pushed)
    if not WAYS_TO_NAME_MODELS & flags.given:
        flags = _with_pushed(flags, options.pushed or "", options.settings)
    from shipway.serving.process import serve

    return serve(flags)


def _with_pushed(flags: ServerOptions, pushed: str, settings: Settings) -> ServerOptions:
    folder = Path(pushed).expanduser().absolute()
    if not pushed or not folder.is_dir():
        folder = pushed_destination(pushed, settings)
    is_version = folder.name.isdecimal() and not any(one.name.isdecimal() for one in folder.iterdir())
    name = flags.model_name if "model_name" in flags.given else (folder.parent if is_version else folder).name
    return replace(flags, model_base_path=str(folder), model_name=name)


def pushed_destination(pipeline: str, settings: Settings) -> Path:
    """Where the last push went, of a pipeline or, without a name, of any; raises `NothingPushed`, `NothingToServe`."""
    pushes = _pushes(settings)
    for name, destination in pushes:
        if pipeline in ("", name) and destination.is_dir():
            return destination
    if not pipeline:
        raise NothingToServe
    raise NothingPushed(pipeline, sorted({name for name, _ in pushes}))


def _pushes(settings: Settings) -> list[tuple[str, Path]]:
    """The pipeline and the destination of every push on record, the newest first."""
    try:
        with recorded_lineage(settings) as queries:
            pushed = [one for one in queries.artifacts("PushedModel") if one.metadata.get("pushed_version")]
            return [
                (run.pipeline, _destination(one))
                for one in pushed
                for run in queries.upstream(one.id, depth=1).producers_of(one.id)[:1]
            ]
    except MissingStore:  # nothing has run here
        return []


def _destination(pushed: RecordedArtifact) -> Path:
    return Path(str(pushed.metadata["pushed_destination"]))
