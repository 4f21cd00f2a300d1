"""How TensorFlow runs sessions, from the flags that say so."""

from __future__ import annotations

from shipway.serving.config.options import ServerOptions
from shipway.serving.config.text_proto import read_text_proto

WHAT = "TensorFlow session config"


def session_config(options: ServerOptions) -> bytes:
    """A serialized `tensorflow.ConfigProto`; empty where the flags leave everything to TensorFlow.

    Raises:
        UnreadableConfig, BrokenTextProto: tensorflow_session_config_file cannot be used.
    """
    threads = options.tensorflow_session_parallelism
    inside = options.tensorflow_intra_op_parallelism or threads
    between = options.tensorflow_inter_op_parallelism or threads
    memory = options.per_process_gpu_memory_fraction
    if options.tensorflow_session_config_file is None and not (inside or between or memory):
        return b""
    from tensorflow.core.protobuf.config_pb2 import ConfigProto

    config = ConfigProto()
    if options.tensorflow_session_config_file is not None:
        config = read_text_proto(options.tensorflow_session_config_file, config, WHAT)
    config.intra_op_parallelism_threads = inside or config.intra_op_parallelism_threads
    config.inter_op_parallelism_threads = between or config.inter_op_parallelism_threads
    if memory:
        config.gpu_options.per_process_gpu_memory_fraction = memory
    return bytes(config.SerializeToString())
