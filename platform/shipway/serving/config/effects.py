"""What to say at start about flags that were written and change nothing."""

from __future__ import annotations

from collections.abc import Callable

from shipway.serving.config.options import ServerOptions

ONE_LOOP = "requests are taken by one event loop, which --max_concurrent_requests bounds"
NO_LITE = "TensorFlow Lite models are not served"
XLA = "XLA compiles what the model itself marks with jit_compile"

NEVER = {
    "rest_api_num_threads": ONE_LOOP,
    "grpc_max_threads": ONE_LOOP,
    "num_unload_threads": "a version is unloaded as soon as its last request has ended",
    "flush_filesystem_caches": "Linux drops the caches of files when memory is wanted",
    "platform_config_file": "the platform of a model is seen from its files",
    "remove_unused_fields_from_bundle_metagraph": "TensorFlow's Python loader decides what it keeps",
    "prefer_tflite_model": NO_LITE,
    "num_tflite_pools": NO_LITE,
    "num_tflite_interpreters_per_pool": NO_LITE,
    "xla_cpu_compilation_enabled": XLA,
    "xla_gpu_compilation_enabled": XLA,
    "enable_profiler": "there is no profiler service",
    "thread_pool_factory_config_file": "TensorFlow's own thread pools are used",
    "mixed_precision": "a model computes in the precision that it was exported with",
    "skip_initialize_tpu": "models are not run on TPUs",
}
"""Flags that have no effect here, and why."""

Condition = Callable[[ServerOptions], bool]


def _has_config_file(options: ServerOptions) -> bool:
    return options.model_config_file is not None


def _has_no_config_file(options: ServerOptions) -> bool:
    return options.model_config_file is None


def _has_no_rest(options: ServerOptions) -> bool:
    return options.rest_api_port == 0


def _has_no_grpc(options: ServerOptions) -> bool:
    return options.port == 0 and options.grpc_socket_path is None


def _does_not_warm(options: ServerOptions) -> bool:
    return not options.enable_model_warmup


def _batches_its_own_way(options: ServerOptions) -> bool:
    return not options.enable_batching


def _logs_nothing(options: ServerOptions) -> bool:
    return not options.inference_log


SOMETIMES: dict[str, tuple[Condition, str]] = {
    "model_name": (_has_config_file, "the models are those of --model_config_file"),
    "model_base_path": (_has_config_file, "the models are those of --model_config_file"),
    "model_config_file_poll_wait_seconds": (_has_no_config_file, "--model_config_file is not given"),
    "rest_api_enable_cors_support": (_has_no_rest, "REST is off (--rest_api_port=0)"),
    "monitoring_config_file": (_has_no_rest, "REST, which has the metrics, is off (--rest_api_port=0)"),
    "grpc_channel_arguments": (_has_no_grpc, "gRPC is off (--port=0)"),
    "enable_grpc_healthcheck_service": (_has_no_grpc, "gRPC is off (--port=0)"),
    "enable_serialization_as_tensor_content": (_has_no_grpc, "gRPC is off (--port=0)"),
    "num_request_iterations_for_warmup": (_does_not_warm, "warm-up is off (--enable_model_warmup=false)"),
    "enable_per_model_batching_parameters": (_batches_its_own_way, "--enable_batching is not given"),
    "inference_log_sampling_rate": (_logs_nothing, "--inference_log is not given"),
}
"""Flags that have no effect beside others: when, and why."""


def without_effect(options: ServerOptions) -> list[str]:
    """One sentence for each flag that was written and changes nothing, in the order of the options.

    A flag that is turned off or set to zero is not worth one: nothing is what it asked for.
    """
    sentences = []
    for name in (name for name in vars(options) if name in options.given and getattr(options, name)):
        reason = NEVER.get(name)
        if reason is None and name in SOMETIMES:
            applies, because = SOMETIMES[name]
            reason = because if applies(options) else None
        if reason is not None:
            sentences.append(f"The flag --{name} has no effect here: {reason}.")
    return sentences
