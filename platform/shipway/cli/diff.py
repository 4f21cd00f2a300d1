"""`shipway diff RUN RUN`: what differs between two runs: parameters, data, metrics."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from shipway.cli.reference import find_run, recorded_lineage
from shipway.cli.table import SHORT_DIGEST, table
from shipway.lineage.comparison import Row, compare_runs

WIDEST = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("left", metavar="RUN", help="a run's id, or its beginning")
    parser.add_argument("right", metavar="RUN", help="the run to compare it with")
    parser.add_argument("--all", action="store_true", help="also parameters and data that are the same in both")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    with recorded_lineage(options.settings) as queries:
        left, right = find_run(queries, options.left), find_run(queries, options.right)
        comparison = compare_runs(queries.run(left.run_id), queries.run(right.run_id))
    if options.json:
        print(json.dumps({"left": asdict(left), "right": asdict(right), **asdict(comparison)}, indent=2))
        return 0
    for title, rows in (
        ("Parameters", comparison.parameters),
        ("Data", comparison.data),
        ("Metrics", comparison.metrics),
    ):
        shown = [row for row in rows if options.all or rows is comparison.metrics or row.left != row.right]
        print(f"{title}:")
        print(_side_by_side(left.run_id, right.run_id, shown) if shown else _nothing(rows))
        print()
    return 0


def _side_by_side(left: str, right: str, rows: list[Row]) -> str:
    body = []
    for row in rows:
        widest = SHORT_DIGEST if row.name.endswith(".digest") else WIDEST
        body.append(("  " + row.name, _cell(row.left, widest), _cell(row.right, widest), _change(row)))
    return table(("", left, right, ""), body)


def _nothing(rows: list[Row]) -> str:
    return f"  the same in both ({len(rows)} compared)" if rows else "  none recorded"


def _cell(value: object, widest: int) -> str:
    if value is None:
        return "-"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= widest else text[: widest - 3] + "..."


def _change(row: Row) -> str:
    if isinstance(row.left, int | float) and isinstance(row.right, int | float) and row.left != row.right:
        return f"{row.right - row.left:+.6g}"
    return ""
