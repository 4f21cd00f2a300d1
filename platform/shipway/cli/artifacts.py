"""`shipway artifacts`: what steps made, and one artifact with all that is recorded of it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from shipway.artifacts import ARTIFACT_TYPES
from shipway.cli.reference import find_artifact, recorded_lineage
from shipway.cli.table import SHORT_DIGEST, local_time, table
from shipway.errors import UsageError
from shipway.lineage import LineageQueries, RecordedArtifact, RecordedExecution


class NoSuchType(UsageError):
    """A type that was never recorded and that Shipway does not know."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No artifact of type {name!r} is recorded; Shipway's types are {', '.join(ARTIFACT_TYPES)}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=["show"], help="show one artifact instead of a list")
    parser.add_argument("artifact", nargs="?", metavar="ID", help="the artifact's id, URI or path")
    parser.add_argument("--type", help="only artifacts of this type, such as Model")
    parser.add_argument("--limit", type=int, default=20, help="how many at most, newest first (default: 20; 0: all)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    if options.action and not options.artifact:
        raise UsageError("'shipway artifacts show' needs the id, URI or path of an artifact.")
    with recorded_lineage(options.settings) as queries:
        if options.action:
            _show(queries, find_artifact(queries, options.artifact), options.json)
        else:
            _list(queries, options)
    return 0


def _list(queries: LineageQueries, options: argparse.Namespace) -> None:
    artifacts = queries.artifacts(options.type, options.limit or None)
    if options.type and not artifacts and options.type not in ARTIFACT_TYPES:
        raise NoSuchType(options.type)
    if options.json:
        print(json.dumps([asdict(artifact) for artifact in artifacts], indent=2))
        return
    rows = [
        (one.id, one.type_name, one.state, local_time(one.created_ms), one.digest[:SHORT_DIGEST], one.uri)
        for one in artifacts
    ]
    print(table(("ID", "TYPE", "STATE", "CREATED", "DIGEST", "URI"), rows))


def _show(queries: LineageQueries, artifact: RecordedArtifact, as_json: bool) -> None:
    makers = queries.upstream(artifact.id, depth=1).producers_of(artifact.id)
    users = queries.downstream(artifact.id, depth=1).consumers_of(artifact.id)
    if as_json:
        by = {"made_by": [_brief(one) for one in makers], "used_by": [_brief(one) for one in users]}
        print(json.dumps({**asdict(artifact), **by}, indent=2))
        return
    facts = {
        "uri": artifact.uri,
        "state": artifact.state,
        "name": artifact.name,
        "digest": artifact.digest,
        "created": local_time(artifact.created_ms),
        "made by": "; ".join(map(_words, makers)),
        "used by": "; ".join(map(_words, users)),
        **artifact.metadata,
    }
    width = max(map(len, facts))
    print(f"{artifact.type_name} {artifact.id}")
    for name, value in facts.items():
        print(f"  {name:<{width}}  {value}".rstrip())


def _brief(execution: RecordedExecution) -> dict[str, str | int]:
    return {name: getattr(execution, name) for name in ("id", "pipeline", "run_id", "task", "step", "state")}


def _words(execution: RecordedExecution) -> str:
    return f"{execution.task} of {execution.run_id} ({execution.state.lower()})"
