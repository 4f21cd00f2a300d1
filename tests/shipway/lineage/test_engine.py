"""The engine is loaded without the package around it, and neither notices the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOGETHER = """
import sys
{first}
{second}
from ml_metadata.proto import metadata_store_pb2
import ml_metadata.metadata_store.pywrap.metadata_store_extension as extension
from shipway.lineage.engine import native
from shipway.lineage.protos import Artifact
assert Artifact is metadata_store_pb2.Artifact
assert native is extension.metadata_store
config = metadata_store_pb2.ConnectionConfig()
config.fake_database.SetInParent()
assert ml_metadata.MetadataStore(config).get_artifacts() == []
"""
ALONE = """
import sys
from pathlib import Path
from shipway.lineage import Lineage
Lineage.open(Path(sys.argv[1])).close()
print(sorted({{"grpc", "ml_metadata", "asyncio", "filelock", "tensorflow", "pandas"}} & set(sys.modules)))
""".replace("{{", "{").replace("}}", "}")


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("order", [("import shipway.lineage.engine", "import ml_metadata"), ("import ml_metadata", "")])
def test_both_in_one_process(order: tuple[str, str]) -> None:
    result = run(TOGETHER.format(first=order[0], second=order[1]))
    assert result.returncode == 0, result.stderr


def test_a_store_is_opened_without_grpc(tmp_path: Path) -> None:
    result = run(ALONE, str(tmp_path / "metadata.db"))
    assert result.stdout.strip() == "[]", result.stderr


def test_the_records_alone_load_no_engine() -> None:
    result = run("import sys, shipway.lineage; print('google.protobuf' in sys.modules)")
    assert result.stdout.strip() == "False", result.stderr
