"""Parameters of a pipeline on a command line: `--param NAME=VALUE`, each once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from shipway.errors import UsageError


class BadParameterArgument(UsageError):
    """A --param that is not NAME=VALUE."""

    def __init__(self, text: str) -> None:
        super().__init__(f"--param {text!r} is not NAME=VALUE: write, for example, --param spans=1-9.")


class RepeatedParameter(UsageError):
    """Two values for one parameter."""

    def __init__(self, name: str, values: list[str]) -> None:
        given = " and ".join(map(repr, values))
        super().__init__(f"--param {name} is given {len(values)} times, as {given}: give it once.")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the pipeline; may be repeated",
    )


def given_parameters(texts: Sequence[str]) -> dict[str, str]:
    """Values by name, as texts. Raises `BadParameterArgument` and `RepeatedParameter`."""
    given: dict[str, list[str]] = {}
    for name, value in map(_parameter, texts):
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        if len(values) > 1:
            raise RepeatedParameter(name, values)
    return {name: values[0] for name, values in given.items()}


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise BadParameterArgument(text)
    return name, value
