"""A data file comes from anywhere: reading one must never run code that it carries."""

import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

READ = """
import sys
from pathlib import Path
from shipway.data.readers.parquet_reader import ParquetReader
list(ParquetReader().batches(Path(sys.argv[1])))
"""


class Payload:
    """What pyarrow 10 would unpickle while it reads the schema of a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self):
        return Path.touch, (self.witness,)


def test_a_parquet_file_cannot_run_code(tmp_path):
    witness = tmp_path / "ran"
    metadata = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Payload(witness)),
    }
    field = pa.field("x", pa.int64(), metadata=metadata)
    pq.write_table(pa.Table.from_arrays([pa.array([1])], schema=pa.schema([field])), tmp_path / "evil.parquet")

    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "evil.parquet")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "forbidden" in done.stderr.lower() or "disallow" in done.stderr.lower()
    assert not witness.exists()
