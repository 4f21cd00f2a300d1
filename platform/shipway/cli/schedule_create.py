"""`shipway schedule create`: have a pipeline run by cron or at an interval."""

from __future__ import annotations

import argparse
from dataclasses import replace

from shipway.cli.cluster.launching import add_launch_arguments, launch_request
from shipway.errors import UsageError
from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.cron import read_cron, read_interval, read_moment
from shipway.kube.pipelines.schedules import create_schedule
from shipway.kube.pipelines.timing import Timing


class NoTiming(UsageError):
    """Neither a cron expression nor an interval, or both."""

    def __init__(self) -> None:
        super().__init__("Say when: --cron '0 6 * * *' (six in the morning, UTC), or --interval 6h.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_launch_arguments(parser)
    parser.add_argument("--name", default="", metavar="NAME", help="the schedule's name (default: the pipeline's)")
    parser.add_argument("--cron", metavar="EXPRESSION", help="when, in UTC: minute hour day month weekday, or @daily")
    parser.add_argument("--interval", metavar="TIME", help="how often: 90s, 15m, 6h, 1d")
    parser.add_argument(
        "--max-concurrency",
        type=int,
        default=1,
        metavar="N",
        help="its runs at once (default: 1, most: 10)",
    )
    parser.add_argument("--start", metavar="MOMENT", help="not before: 2027-03-01T06:00")
    parser.add_argument("--end", metavar="MOMENT", help="not after")
    parser.add_argument("--catch-up", action="store_true", help="make up for times that were missed")
    parser.add_argument("--paused", action="store_true", help="start no run until it is resumed")
    parser.add_argument("--replace", action="store_true", help="take the place of another schedule of that name")


def run(options: argparse.Namespace) -> int:
    timing = _timing(options)
    api = connect(options.settings.cluster)
    request = launch_request(api, options)
    request = replace(request, name=options.name or request.version.pipeline)
    schedule = create_schedule(api, request, timing, paused=options.paused, replace=options.replace)
    done = "Created" if schedule.is_new else "There already is"
    print(f"{done} schedule {schedule.name}: {request.version.name}, {timing.text}, {schedule.state.lower()}.")
    return 0


def _timing(options: argparse.Namespace) -> Timing:
    if bool(options.cron) == bool(options.interval):
        raise NoTiming
    return Timing(
        cron=read_cron(options.cron) if options.cron else "",
        interval_seconds=read_interval(options.interval) if options.interval else 0,
        start=read_moment("start", options.start) if options.start else None,
        end=read_moment("end", options.end) if options.end else None,
        max_concurrency=options.max_concurrency,
        catch_up=options.catch_up,
    ).checked()
