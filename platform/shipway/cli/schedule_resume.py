"""`shipway schedule resume`: start runs again at its times."""

from __future__ import annotations

import argparse

from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.schedules import find_schedule, resume_schedule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the schedule's name, or its id")


def run(options: argparse.Namespace) -> int:
    api = connect(options.settings.cluster)
    schedule = find_schedule(api, options.name)
    resume_schedule(api, schedule)
    print(f"Schedule {schedule.name} is resumed.")
    return 0
