"""The store that measurements are made on: as sound as one that Shipway recorded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from shipway.lineage import LineageQueries
from shipway.lineage.database import Database
from shipway.lineage.upkeep import check_store

GENERATE = Path(__file__).resolve().parents[2] / "benchmarks" / "metadata" / "generate.py"


def test_nothing_is_wrong_with_a_generated_store(tmp_path: Path) -> None:
    subprocess.run([sys.executable, GENERATE, tmp_path, "--artifacts", "1500"], check=True)
    path = tmp_path / "metadata.db"
    assert check_store(Database.of_file(path)) == []
    queries = LineageQueries.open(path)
    cached = [one for run in queries.runs() for one in queries.run(run.run_id) if one.state == "CACHED"]
    doubled = [one for one in cached if one.task == "example-validator"]
    assert doubled, "a run from the cache compares statistics with themselves"
    for one in doubled:
        assert one.inputs["statistics"] == one.inputs["previous_statistics"]
