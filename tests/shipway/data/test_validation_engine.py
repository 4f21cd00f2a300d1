"""TFDV's C++ code loaded from its file: beside TFDV itself, and where it is not installed."""

import subprocess
import sys

import pytest

from shipway.data import validation_engine
from shipway.errors import EnvironmentFault

TOGETHER = """
import pyarrow as pa
from shipway.data.statistics import generate_statistics, overall
from shipway.data.validation_engine import infer_schema
found = generate_statistics(pa.table({"a": [1, 2], "b": ["x", None]}).to_batches())
ours = infer_schema(overall(found))
import tensorflow_data_validation as tfdv
import tensorflow_data_validation.pywrap.tensorflow_data_validation_extension
assert tfdv.infer_schema(found) == ours == infer_schema(overall(found))
print("same")
"""


@pytest.mark.tensorflow
def test_tfdv_may_be_imported_afterwards() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", TOGETHER], capture_output=True, text=True, check=False)
    assert done.stdout == "same\n", done.stderr


def test_a_machine_without_tfdv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation_engine, "PACKAGE", "no_such_package")
    with pytest.raises(EnvironmentFault, match="it is not installed"):
        validation_engine._module_path("anything")
