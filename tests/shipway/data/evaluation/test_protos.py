"""TFMA's messages come without TFMA, and TFMA can still come after them."""

import subprocess
import sys

import pytest

ALONE = """
import sys
from shipway.data.evaluation.protos import config_pb2, validation_result_pb2
assert not [name for name in sys.modules if name.split(".")[0] in ("tensorflow", "apache_beam")]
assert "tensorflow_model_analysis" not in sys.modules
config = config_pb2.EvalConfig()
config.model_specs.add(label_key="y")
assert validation_result_pb2.ValidationResult(validation_ok=True).validation_ok
"""

THEN_TFMA = """
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2 as real
assert isinstance(config, tfma.EvalConfig)
assert real.EvalConfig is config_pb2.EvalConfig
assert tfma.EvalConfig.FromString(config.SerializeToString()) == config
"""

TFMA_FIRST = """
import tensorflow_model_analysis as tfma
from shipway.data.evaluation.protos import config_pb2
assert config_pb2.EvalConfig is tfma.EvalConfig
"""


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_messages_come_alone():
    python(ALONE)


@pytest.mark.tensorflow
def test_the_real_package_may_come_later_or_earlier():
    python(ALONE + THEN_TFMA)
    python(TFMA_FIRST)
