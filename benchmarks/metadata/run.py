"""`python benchmarks/metadata/run.py`: a store of many artifacts: measure, print, write results.json.

Each size is measured in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
SIZES = (100_000, 1_000_000)
OF_STORE = ("measure.py", "pages.py")
PUTS = {"artifact": "at least 1000/s", "execution": ""}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifacts", type=int, nargs="+", default=list(SIZES), help="sizes of the store")
    parser.add_argument("--folder", type=Path, help="where the stores are made (default: a temporary folder)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shipway-bench-", dir=options.folder))
    rows = []
    try:
        print(f"{'what':<66}{'value':>10}      goal")
        for size in options.artifacts:
            for row in _of_store(folder / str(size), size):
                rows.append({"artifacts": size, **row})
                _show(f"{size:,}: {row['name']}", row)
        for row in _puts():
            rows.append(row)
            _show(row["name"], row)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    when = datetime.now(UTC).isoformat(timespec="seconds")
    RESULTS.write_text(json.dumps({"measured": when, "machine": machine, "rows": rows}, indent=2) + "\n")
    print(f"\nWritten to {RESULTS.name}.")
    return 0


def _of_store(folder: Path, size: int) -> Iterator[dict[str, Any]]:
    """The figures of one size."""
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, HERE / "generate.py", folder, "--artifacts", str(size)], check=True)
    for script in OF_STORE:
        with subprocess.Popen([sys.executable, HERE / script, folder], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield from map(json.loads, process.stdout)
        if process.returncode:
            raise SystemExit(f"{script} has failed.")
    shutil.rmtree(folder)


def _puts() -> Iterator[dict[str, Any]]:
    """Records a second through the service, from eight clients at once."""
    for call, goal in PUTS.items():
        command = [sys.executable, HERE / "puts.py", "--call", call]
        found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
        name = f"service, puts of an {call} from {found['clients']} clients"
        yield {"name": name, "value": found["puts_per_second"], "unit": "/s", "goal": goal, **found}


def _show(name: str, row: dict[str, Any]) -> None:
    print(f"{name:<66}{row['value']:>10} {row['unit']:<4} {row.get('goal', '')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
