"""`make bench`: measure, print a table, write `results.json`.

Ratios are taken within one run on one machine; figures of different machines do not compare.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import first_run

RESULTS = Path(__file__).with_name("results.json")
DATA_VARIABLE = "SHIPWAY_TEST_DATA"


def main() -> int:
    """Measure everything; returns 1 when the taxi data is not there."""
    taxi_csv = _taxi_csv()
    if not taxi_csv.is_file():
        print(f"The taxi data is not at {taxi_csv}: set {DATA_VARIABLE} to its folder.", file=sys.stderr)
        return 1
    rows = []
    print(f"{'what':<52}{'seconds':>10}{'peak MiB':>10}  goal")
    for row in first_run.rows(taxi_csv):
        rows.append(row)
        extra = {key: value for key, value in row.items() if key in ("ratio", "seconds_a_step", "cached", "blessed")}
        print(
            f"{row['name']:<52}{row['seconds']:>10}{row['peak_mib']:>10}  {row.get('goal', '')} {extra or ''}",
            flush=True,
        )
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    when = datetime.now(UTC).isoformat(timespec="seconds")
    RESULTS.write_text(json.dumps({"measured": when, "machine": machine, "rows": rows}, indent=2) + "\n")
    print(f"\nWritten to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}.")
    return 0


def _taxi_csv() -> Path:
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    return Path(os.environ.get(DATA_VARIABLE, beside)) / "chicago_taxi.csv"


if __name__ == "__main__":
    sys.exit(main())
