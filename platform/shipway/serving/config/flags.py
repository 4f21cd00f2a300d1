"""The command line of the model server: `tensorflow_model_server`'s flags under their own names, and Shipway's.

A flag may be written `--rest_api_port=8501`, as for TensorFlow Serving, or `--rest-api-port 8501`. A boolean may stand
alone (`--enable_batching`) or carry its value (`--enable_batching=false`).
"""

from __future__ import annotations

import argparse
from dataclasses import Field, fields
from typing import Any

from shipway.serving.config.checks import check
from shipway.serving.config.effects import NEVER
from shipway.serving.config.effects import without_effect as without_effect
from shipway.serving.config.flag_table import GROUPS, Flag
from shipway.serving.config.flag_values import READERS, READERS_OF_FLAGS
from shipway.serving.config.options import ServerOptions

FIELDS: dict[str, Field[Any]] = {field.name: field for field in fields(ServerOptions) if field.name != "given"}

USAGE = "%(prog)s [--FLAG[=VALUE] ...]"

PLACEHOLDERS = {"int": "N", "int | None": "N", "float": "X", "Path | None": "FILE"}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add every flag to `parser`; `read_options` reads them from the namespace that it makes.

    A parser without a usage of its own gets a short one: seventy flags would hide the error that is printed below it.
    """
    parser.usage = parser.usage or USAGE
    for title, flags in GROUPS.items():
        group = parser.add_argument_group(title)
        for flag in flags:
            _add(group, flag)
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the versions and exit")


def read_options(namespace: argparse.Namespace) -> ServerOptions:
    """What was written, checked: values, files, ranges and contradictions; raises `UsageError`s of one sentence."""
    texts = {name: getattr(namespace, name) for name in FIELDS if hasattr(namespace, name)}
    values = {name: _reader(name)(name, text) for name, text in texts.items()}
    options = ServerOptions(**values, given=frozenset(values))
    check(options)
    return options


def _reader(name: str) -> Any:
    return READERS_OF_FLAGS.get(name) or READERS[str(FIELDS[name].type)]


def _add(group: Any, flag: Flag) -> None:
    kind = str(FIELDS[flag.name].type)
    truth = kind.startswith("bool")
    shape = {"nargs": "?", "const": "true", "metavar": "BOOL"} if truth else {"metavar": PLACEHOLDERS.get(kind, "TEXT")}
    group.add_argument(
        f"--{flag.name}",
        dest=flag.name,
        default=argparse.SUPPRESS,
        help=_help(flag).replace("%", "%%"),
        **shape,
    )
    dashed = flag.name.replace("_", "-")
    if dashed != flag.name:
        # A second argument and not a second name, so that --help shows each flag once.
        group.add_argument(f"--{dashed}", dest=flag.name, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **shape)


def _help(flag: Flag) -> str:
    """The help and the default, which is not worth a word where it is nothing, or where the flag has no effect."""
    default = FIELDS[flag.name].default
    if default is True:
        default = "true"
    elif isinstance(default, tuple):
        default = ",".join(map(str, default))
    shown = flag.shown or default
    return f"{flag.help} (default: {shown})" if shown and flag.name not in NEVER else flag.help


class _ShowVersion(argparse.Action):
    """`--version`, looked up when asked for: the metadata of packages takes its time."""

    def __call__(self, parser: argparse.ArgumentParser, *unused: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        import shipway

        try:
            tensorflow = version("tensorflow")
        except PackageNotFoundError:
            tensorflow = "not installed"
        print(f"Shipway model server: {shipway.__version__}\nTensorFlow library: {tensorflow}")
        parser.exit()
