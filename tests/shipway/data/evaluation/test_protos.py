"""TFMA's messages come without TFMA; that TFMA can still come after them is in test_tfma_parity."""

import subprocess
import sys

ALONE = """
import sys
from shipway.data.evaluation.protos import config_pb2, validation_result_pb2
assert not [name for name in sys.modules if name.split(".")[0] in ("tensorflow", "apache_beam")]
assert "tensorflow_model_analysis" not in sys.modules
config = config_pb2.EvalConfig()
config.model_specs.add(label_key="y")
assert validation_result_pb2.ValidationResult(validation_ok=True).validation_ok
"""


def test_messages_come_without_tfma_and_tensorflow():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
