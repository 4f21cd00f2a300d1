"""`shipway schedule list`: the schedules there are."""

from __future__ import annotations

import argparse
import json
from typing import Any

from shipway.cli.table import table
from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.schedules import Schedule, list_schedules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    schedules = list_schedules(connect(options.settings.cluster))
    if options.json:
        print(json.dumps([_plain(one) for one in schedules], indent=2))
    elif not schedules:
        print("No schedules: 'shipway schedule create PIPELINE --cron ...' makes one.")
    else:
        rows = [(one.name, one.pipeline, one.state.lower(), one.timing.text, _limits(one)) for one in schedules]
        print(table(("NAME", "PIPELINE", "STATE", "WHEN", ""), rows))
    return 0


def _limits(schedule: Schedule) -> str:
    timing = schedule.timing
    said = [
        f"from {timing.start.isoformat()}" if timing.start else "",
        f"until {timing.end.isoformat()}" if timing.end else "",
        f"up to {timing.max_concurrency} at once" if timing.max_concurrency > 1 else "",
        "catches up" if timing.catch_up else "",
    ]
    return ", ".join(filter(None, said))


def _plain(schedule: Schedule) -> dict[str, Any]:
    timing = schedule.timing
    return {
        "name": schedule.name,
        "schedule_id": schedule.schedule_id,
        "pipeline": schedule.pipeline,
        "version_id": schedule.version_id,
        "state": schedule.state,
        "cron": timing.cron,
        "interval_seconds": timing.interval_seconds,
        "start": timing.start.isoformat() if timing.start else None,
        "end": timing.end.isoformat() if timing.end else None,
        "max_concurrency": timing.max_concurrency,
        "catch_up": timing.catch_up,
        "parameters": dict(schedule.parameters),
    }
