"""`shipway lineage`: what an artifact was made from and what was made from it, as two trees."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from shipway.cli.lineage_tree import tree_down, tree_up
from shipway.cli.reference import find_artifact, recorded_lineage
from shipway.lineage import LineageGraph


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("artifact", metavar="ARTIFACT", help="an id, a URI, or a path inside the artifact")
    parser.add_argument("--up", action="store_true", help="only what it was made from")
    parser.add_argument("--down", action="store_true", help="only what was made from it")
    parser.add_argument("--depth", type=int, metavar="N", help="at most N steps up and down (default: all)")
    parser.add_argument("--json", action="store_true", help="print the two graphs as JSON instead of trees")


def run(options: argparse.Namespace) -> int:
    both = options.up == options.down
    with recorded_lineage(options.settings) as queries:
        artifact = find_artifact(queries, options.artifact)
        up = queries.upstream(artifact.id, options.depth) if both or options.up else None
        down = queries.downstream(artifact.id, options.depth) if both or options.down else None
    if options.json:
        graphs = {name: _plain(graph) for name, graph in (("up", up), ("down", down)) if graph}
        print(json.dumps({"artifact": asdict(artifact), **graphs}, indent=2))
        return 0
    print(f"{artifact.type_name} {artifact.id}  {artifact.uri}")
    for title, lines in (("Made from", up and tree_up(up)), ("Went into", down and tree_down(down))):
        if lines is not None:
            print(f"\n{title}:")
            print("\n".join(lines) if lines else "  nothing that is recorded")
    return 0


def _plain(graph: LineageGraph) -> dict[str, Any]:
    facts = ("id", "pipeline", "run_id", "task", "step", "state", "started_ms", "updated_ms")
    return {
        "artifacts": [asdict(one) for one in graph.artifacts.values()],
        "executions": [{name: getattr(one, name) for name in facts} for one in graph.executions.values()],
        "edges": [asdict(edge) for edge in graph.edges],
    }
