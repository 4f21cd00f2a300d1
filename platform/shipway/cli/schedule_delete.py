"""`shipway schedule delete`: delete a schedule, and with it the workflows of its runs."""

from __future__ import annotations

import argparse
import sys

from shipway.errors import UsageError
from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.runs import list_runs
from shipway.kube.pipelines.schedules import Schedule, delete_schedule, find_schedule

GOING_ON_SHOWN = 3


class NotConfirmed(UsageError):
    """Nobody is there to ask."""

    def __init__(self, name: str, consequence: str) -> None:
        super().__init__(
            f"Deleting schedule {name!r} {consequence}: add --yes, or only stop it with "
            f"'shipway schedule pause {name}'."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the schedule's name, or its id")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(options: argparse.Namespace) -> int:
    api = connect(options.settings.cluster)
    schedule = find_schedule(api, options.name)
    runs = list_runs(api, schedule_id=schedule.schedule_id)
    going_on = [one.run_id for one in runs if not one.is_final]
    consequence = _consequence(len(runs), going_on)
    if not (options.yes or _confirmed(schedule, consequence)):
        return 0
    delete_schedule(api, schedule)
    print(f"Deleted schedule {schedule.name}, which {consequence}.")
    return 0


def _consequence(runs: int, going_on: list[str]) -> str:
    """What is lost: a run stays in the list, with its state and artifacts, but nothing of it goes on."""
    if not runs:
        return "has started no run yet"
    lost = (
        f"deletes the workflows of its {runs} {'run' if runs == 1 else 'runs'}, after which none of them can be retried"
    )
    if not going_on:
        return lost
    more = ", ..." if len(going_on) > GOING_ON_SHOWN else ""
    return f"{lost}, and ends those that go on ({', '.join(going_on[:GOING_ON_SHOWN])}{more})"


def _confirmed(schedule: Schedule, consequence: str) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NotConfirmed(schedule.name, consequence)
    return input(f"Deleting schedule {schedule.name!r} {consequence}. Delete it? [y/N] ").strip().lower() in (
        "y",
        "yes",
    )
