"""`shipway gc`: free disk by deleting old artifacts that nothing needs."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence

from shipway.cli.table import local_time, size_text, table
from shipway.errors import UsageError
from shipway.lineage import Lineage
from shipway.lineage.spool import deliver_waiting
from shipway.runner.garbage import collect, sweep_partial
from shipway.runner.home import Home
from shipway.runner.retention import Doomed, Plan, Retention, plan_collection
from shipway.runner.running import runs_going_on

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class NoRule(UsageError):
    """Neither an age nor a count was given."""

    def __init__(self) -> None:
        super().__init__("Say what to delete: --older-than 30d (by age), --keep-last 5 (by count of runs), or both.")


class NotConfirmed(UsageError):
    """Nobody is there to ask."""

    def __init__(self) -> None:
        super().__init__("Deleting wants a yes: add --yes, or --dry-run to only see what would go.")


def duration(text: str) -> float:
    """Seconds of "90m", "12h", "30d" or "2w"."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: write 90m, 12h, 30d or 2w")
    return float(match[1]) * SECONDS[match[2]]


def count(text: str) -> int:
    """A whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no count of runs: write a whole number such as 5")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--older-than", type=duration, metavar="AGE", help="unused for so long: 90m, 12h, 30d, 2w")
    parser.add_argument("--keep-last", type=count, metavar="N", help="not part of the last N runs of their pipeline")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be deleted")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    if options.older_than is None and options.keep_last is None:
        raise NoRule
    home = Home(options.settings.home)
    address = options.settings.local_metadata
    deliver_waiting(address)  # what waits there may need an artifact
    with Lineage.open(address, create=False) as lineage:
        retention = Retention(options.older_than, options.keep_last)
        plan = plan_collection(home, lineage.queries(), retention, runs_going_on(home))
        if not options.json:
            _print_plan(plan)
        if options.dry_run:
            _report(plan.doomed, 0, options, "Would free")
            return 0
        if plan.doomed and not (options.yes or _confirmed(plan)):
            return 0
        deleted = collect(home, lineage, plan, lambda: runs_going_on(home))
        swept = sweep_partial(home, runs_going_on(home))
    _report(deleted, swept, options, "Freed")
    return 0


def _print_plan(plan: Plan) -> None:
    if plan.doomed:
        rows = [
            (", ".join(str(a.id) for a in one.artifacts), one.artifacts[0].type_name,
             local_time(one.artifacts[0].created_ms), size_text(one.size), one.path)
            for one in plan.doomed
        ]  # fmt: skip
        print(table(("ID", "TYPE", "CREATED", "SIZE", "PATH"), rows) + "\n")
    reasons = ((plan.pushed, "needed by pushed models"), (plan.in_use, "in use"), (plan.recent, "recent"))
    kept = ", ".join(f"{number} {reason}" for number, reason in reasons if number)
    print(f"Kept: {kept or 'nothing'}.")


def _confirmed(plan: Plan) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NotConfirmed
    answer = input(f"Delete {len(plan.doomed)} artifacts, {size_text(sum(one.size for one in plan.doomed))}? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _report(doomed: Sequence[Doomed], swept: int, options: argparse.Namespace, verb: str) -> None:
    freed = sum(one.size for one in doomed) + swept
    if options.json:
        ids = [artifact.id for one in doomed for artifact in one.artifacts]
        print(json.dumps({"dry_run": options.dry_run, "artifacts": ids, "freed_bytes": freed}))
    else:
        print(f"{verb} {size_text(freed)} ({freed} bytes): {len(doomed)} artifacts.")
