"""`shipway schedule delete`: delete a schedule, and with it the workflows of its runs."""

from __future__ import annotations

import argparse
import contextlib
import sys

from shipway.errors import UsageError
from shipway.kube.pipelines.connection import PipelinesApi, connect
from shipway.kube.pipelines.records import ClusterRun
from shipway.kube.pipelines.runs import LostWorkflow, list_runs, terminate_run
from shipway.kube.pipelines.schedules import Schedule, delete_schedule, find_schedule, pause_schedule
from shipway.kube.pipelines.watching import wait_for_termination

GOING_ON_SHOWN = 3
ENDS_WITHIN_SECONDS = 180.0


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
    going_on = [one for one in runs if not one.is_final]
    consequence = _consequence(len(runs), [one.run_id for one in going_on])
    if not (options.yes or _confirmed(schedule, consequence)):
        return 0
    pause_schedule(api, schedule)
    _end(api, going_on)
    delete_schedule(api, schedule)
    print(f"Deleted schedule {schedule.name}" + (" and the workflows of its runs." if runs else "."))
    return 0


def _end(api: PipelinesApi, going_on: list[ClusterRun]) -> None:
    """A run whose workflow is deleted before it has ended would be listed as running for ever."""
    for run in going_on:
        with contextlib.suppress(LostWorkflow):
            terminate_run(api, run)
            wait_for_termination(api, run.run_id, ENDS_WITHIN_SECONDS)


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
