import subprocess
import sys

CHECK = """
import sys
import shipway.serving.config.flags, shipway.serving.config.model_config, shipway.serving.config.batching_parameters
import shipway.serving.config.monitoring_config, shipway.serving.config.traffic
heavy = {"tensorflow", "grpc", "tensorflow_serving", "google.protobuf", "yaml", "numpy"} & set(sys.modules)
print(sorted(heavy))
from shipway.serving.config.model_config import parse_model_config
parse_model_config("model_config_list { }")
print("tensorflow" in sys.modules, "grpc" in sys.modules)
"""


def test_the_command_line_is_read_without_a_library_and_config_files_without_tensorflow():
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False False"]
