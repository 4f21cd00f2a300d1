"""The entrypoint of every step's container: `python -m shipway.step PACKAGE.STEP --executor-input '{{$}}'`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from shipway.errors import ShipwayError, in_one_line
from shipway.settings import STEP_ENVIRONMENT, Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step; returns 0, or 1 or 2 after one sentence on standard error."""
    options = _parser().parse_args(arguments)
    for name, value in STEP_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    signal.signal(signal.SIGTERM, _interrupt)
    from shipway.step.executor_input import parse_json
    from shipway.step.loading import load_step
    from shipway.step.recording import execute_recorded

    try:
        step = load_step(options.step)
        execute_recorded(step, parse_json(options.executor_input), Settings.from_environment().metadata)
    except ShipwayError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"Error: Step {options.step!r} was stopped before it was done.", file=sys.stderr)
        return 130
    except Exception as error:
        traceback.print_exc()
        print(f"Error: Step {options.step!r} failed with {in_one_line(error)}.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shipway.step", description="Run one step of a pipeline.")
    parser.add_argument("step", help="the step's reference, such as shipway_components.statistics_gen")
    parser.add_argument(
        "--executor-input", required=True, help="the executor input that Kubeflow Pipelines puts for {{$}}, as JSON"
    )
    return parser


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
