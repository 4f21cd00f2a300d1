"""`shipway run`: a pipeline on this machine, from its .py file, its module, its short name or its compiled YAML."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing

from shipway.cli.parameters import add_parameters, given_parameters
from shipway.cli.run_report import as_json, as_text, failures
from shipway.cli.run_view import view_of_run
from shipway.errors import UsageError
from shipway.runner import Home, RunObserver, RunResult, prepare_pipeline, read_run, resume_run, run_pipeline

EXIT_CODES = {"SUCCEEDED": 0, "FAILED": 1, "CANCELLED": 130}


class NothingToRun(UsageError):
    """Neither a pipeline nor a run to resume."""

    def __init__(self) -> None:
        super().__init__("Name a pipeline (flights, pipeline.py, pipeline.yaml), or a run to resume with --resume RUN.")


class ResumeTakesNoChanges(UsageError):
    """A resumed run keeps what it was started with."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"Run {run_id!r} goes on with the parameters it was started with: leave --param and --until out, "
            "or start a new run; what has not changed comes from the cache."
        )


class RunOfAnotherPipeline(UsageError):
    """A run to resume that another pipeline began."""

    def __init__(self, run_id: str, pipeline: str, asked_for: str) -> None:
        super().__init__(
            f"Run {run_id!r} is one of pipeline {pipeline!r}, not of {asked_for!r}: resume it with "
            f"'shipway run --resume {run_id}', or see with 'shipway runs' which one was meant."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", nargs="?", help="a name (flights), a .py file, a module or a compiled YAML")
    add_parameters(parser)
    parser.add_argument("--no-cache", action="store_true", help="run every step, even if its result is known")
    parser.add_argument("--until", metavar="STEP", help="run only this step and what it needs")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run that failed or was stopped")
    parser.add_argument("--max-parallel", type=int, metavar="N", help="how many steps at once (default: one a core)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run(options: argparse.Namespace) -> int:
    home = Home(options.settings.home)
    with closing(view_of_run()) as view:
        result = _run(options, home, view)
    if options.json and sys.stderr.isatty():  # the live table has no room for sentences, the object no field
        print(*failures(result, home), sep="\n", file=sys.stderr)
    print(json.dumps(as_json(result)) if options.json else as_text(result, home), flush=True)
    return EXIT_CODES.get(result.state, 1)


def _run(options: argparse.Namespace, home: Home, observer: RunObserver) -> RunResult:
    use_cache = not options.no_cache
    if options.resume:
        if options.param or options.until:
            raise ResumeTakesNoChanges(options.resume)
        began = read_run(home, options.resume).pipeline
        if options.pipeline and prepare_pipeline(options.pipeline, home).name != began:
            raise RunOfAnotherPipeline(options.resume, began, options.pipeline)
        return resume_run(
            options.resume,
            home=home,
            use_cache=use_cache,
            max_parallel=options.max_parallel,
            observer=observer,
            metadata=options.settings.metadata,
        )
    if not options.pipeline:
        raise NothingToRun
    parameters = given_parameters(options.param)
    return run_pipeline(
        prepare_pipeline(options.pipeline, home),
        parameters,
        home=home,
        use_cache=use_cache,
        until=options.until,
        max_parallel=options.max_parallel,
        observer=observer,
        metadata=options.settings.metadata,
    )
