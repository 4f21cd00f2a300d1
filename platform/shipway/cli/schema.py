"""`shipway schema`: look at a schema, compare two, and take over what the data has become.

A run that stopped on anomalies is put right by `shipway schema diff RUN`, which shows how the schema would have to
change for the run's data to fit it, and `shipway schema accept RUN`, which writes it so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.cli.schema_reference import Validation, find_schema, find_statistics, find_validation
from shipway.cli.table import table
from shipway.data.schema import read_schema, write_schema
from shipway.data.schema_diff import Change, schema_changes
from shipway.data.schema_facts import schema_facts
from shipway.data.schema_fit import fitted_schema
from shipway.errors import UsageError
from shipway.settings import Settings

COLUMNS = ("type", "presence", "values", "domain")
WIDEST_DOMAIN = 60


class NothingNamed(UsageError):
    """`accept` without a run, and without both a schema and statistics."""

    def __init__(self) -> None:
        super().__init__("Say what to accept: a run, or --schema and --statistics.")


class NowhereToWrite(UsageError):
    """An accepted schema without a file to go to."""

    def __init__(self) -> None:
        super().__init__("The run's schema was inferred and has no file of its own: say with -o FILE where to write.")


class NobodyToAsk(UsageError):
    """A question where no terminal is."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Not written to {str(path)!r}, because nobody can be asked here: add --yes.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", metavar="show|diff|accept", required=True)
    show = commands.add_parser("show", help="a schema, a line a feature")
    show.add_argument("schema", nargs="?", default="", help="file, artifact or run (default: the latest schema)")
    show.add_argument("--pipeline", help="the latest schema of this pipeline")
    diff = commands.add_parser("diff", help="what changed from one schema to another")
    diff.add_argument(
        "old", metavar="SCHEMA|RUN", help="file, artifact or run; a run alone: what its data would change"
    )
    diff.add_argument("new", metavar="SCHEMA", nargs="?", help="file, artifact or run")
    accept = commands.add_parser("accept", help="write a schema that data fits")
    accept.add_argument("run_id", metavar="RUN", nargs="?", help="a run whose data is right and whose schema is not")
    accept.add_argument("--schema", help="instead of a run: file or artifact of a schema")
    accept.add_argument("--statistics", help="instead of a run: FeatureStats.pb or artifact")
    accept.add_argument("-o", "--output", type=Path, help="file to write (default: the curated file that the run took)")
    accept.add_argument("--feature", action="append", default=[], help="accept this feature alone; may be repeated")
    accept.add_argument("--yes", action="store_true", help="write without asking")
    for command in (show, diff):
        command.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    return {"show": _show, "diff": _diff, "accept": _accept}[options.action](options)


def _show(options: argparse.Namespace) -> int:
    place, schema = find_schema(options.settings, options.schema, options.pipeline)
    facts = schema_facts(schema)
    if options.json:
        print(
            json.dumps({"path": place, "environments": list(schema.default_environment), "features": facts}, indent=2)
        )
        return 0
    rows = [(name, *(_short(fact.get(column, "")) for column in COLUMNS)) for name, fact in facts.items()]
    print(table(("FEATURE", *(column.upper() for column in COLUMNS)), rows))
    for title in ("environments", "drift", "skew", "stage", "more"):
        for name, fact in facts.items():
            if title in fact:
                print(f"{title} of {name}: {fact[title]}")
    environments = ", ".join(schema.default_environment)
    print(f"\n{len(facts)} features, {f'environments {environments}' if environments else 'no environments'}: {place}")
    return 0


def _diff(options: argparse.Namespace) -> int:
    if options.new is None:
        checked = find_validation(options.settings, options.old)
        changes = schema_changes(checked.schema, _fit(checked, ()))
        same = "The data of the run fits its schema."
    else:
        old, new = (find_schema(options.settings, reference)[1] for reference in (options.old, options.new))
        changes = schema_changes(old, new)
        same = "The schemas say the same."
    if options.json:
        print(json.dumps([asdict(change) for change in changes], indent=2))
    else:
        print(_text(changes) or same)
    return 0


def _accept(options: argparse.Namespace) -> int:
    checked, path = _to_accept(options)
    fitted = _fit(checked, options.feature)
    changes = schema_changes(checked.schema, fitted)
    if not changes:
        print("The data fits the schema already: nothing to write.")
        return 0
    print(_text(changes))
    if not options.yes and not _agreed(len(changes), path):
        print("Nothing was written.")
        return 1
    write_schema(path, fitted)
    print(f"Written to {path}. A pipeline takes it with import_schema_gen(schema_file={str(path)!r}).")
    return 0


def _to_accept(options: argparse.Namespace) -> tuple[Validation, Path]:
    """What to fit and the file to write; a curated file is taken as it is now, so that no later edit of it is lost."""
    settings: Settings = options.settings
    if options.run_id:
        checked = find_validation(settings, options.run_id)
        path = options.output or checked.curated_file
        if path is None:
            raise NowhereToWrite()
        if not options.output:
            checked = Validation(read_schema(path), checked.statistics, checked.environment)
        return checked, path.absolute()
    if not (options.schema and options.statistics):
        raise NothingNamed()
    place, schema = find_schema(settings, options.schema)
    checked = Validation(schema, find_statistics(settings, options.statistics))
    if not options.output and not Path(options.schema).is_file():
        raise NowhereToWrite()
    return checked, (options.output or Path(place)).absolute()


def _fit(checked: Validation, only: Sequence[str]) -> schema_pb2.Schema:
    return fitted_schema(checked.schema, checked.statistics, checked.environment, only)


def _agreed(changes: int, path: Path) -> bool:
    if not sys.stdin.isatty():
        raise NobodyToAsk(path)
    return input(f"Write {changes} change{'s' if changes > 1 else ''} to {path}? [y/N] ").strip().lower() in (
        "y",
        "yes",
    )


def _text(changes: list[Change]) -> str:
    return "\n".join(f"{change.feature or '(schema)'}: {change.text}" for change in changes)


def _short(fact: str) -> str:
    return fact if len(fact) <= WIDEST_DOMAIN else fact[: WIDEST_DOMAIN - 3] + "..."
