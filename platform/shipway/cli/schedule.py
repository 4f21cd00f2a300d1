"""`shipway schedule`: runs that the cluster starts by itself, at set times."""

from __future__ import annotations

import argparse
import importlib

ACTIONS = {
    "create": "have a pipeline run by cron or at an interval",
    "list": "list the schedules there are",
    "pause": "start no more runs until it is resumed",
    "resume": "start runs again",
    "delete": "delete a schedule, and with it the workflows of its runs",
}
"""Each action is a file beside this one, `schedule_<action>.py`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, summary in ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        importlib.import_module(f"shipway.cli.schedule_{name}").add_arguments(action)


def run(options: argparse.Namespace) -> int:
    return importlib.import_module(f"shipway.cli.schedule_{options.action}").run(options) or 0
