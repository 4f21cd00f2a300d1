"""The flags of `shipway serve`, in the groups and the order in which `--help` shows them.

The kind and the default of a flag are those of its field in `ServerOptions`; here is what a person reads about it.
"""

from __future__ import annotations

from typing import NamedTuple


class Flag(NamedTuple):
    """A field of `ServerOptions` on the command line. `shown`: the default in words, where its value says little."""

    name: str
    help: str
    shown: str = ""


NETWORK = (
    Flag("host", "address to listen on; anything but this machine wants --token_file or --ssl_config_file"),
    Flag("port", "port of gRPC; 0: off, -1: any free one"),
    Flag("rest_api_port", "port of REST, metrics and health; 0: off, -1: any free one"),
    Flag("grpc_socket_path", "UNIX socket on which gRPC listens too"),
    Flag("rest_api_timeout_in_ms", "milliseconds after which a call is given up, over REST or gRPC"),
    Flag("rest_api_enable_cors_support", "let web pages of other origins call REST"),
    Flag("grpc_channel_arguments", "arguments of the gRPC server: NAME=VALUE,NAME=VALUE"),
    Flag("enable_grpc_healthcheck_service", "answer gRPC's health protocol"),
)

MODELS = (
    Flag("model_name", "name of the one model"),
    Flag("model_base_path", "folder of the one model, which holds a folder for each version"),
    Flag("model_config_file", "text proto ModelServerConfig: the models, their version policies and labels"),
    Flag("model_config_file_poll_wait_seconds", "seconds between two looks at that file; 0: read it once"),
    Flag("file_system_poll_wait_seconds", "seconds between two looks for new versions; 0: look once"),
    Flag("allow_version_labels_for_unavailable_models", "let a new label name a version that is not loaded yet"),
    Flag("max_num_load_retries", "how often loading a version is tried again"),
    Flag("load_retry_interval_micros", "microseconds between two tries; negative: none"),
    Flag("num_load_threads", "how many versions may load at once; 0: one after the other"),
    Flag("saved_model_tags", "tags of the graph to load from a SavedModel, with commas between them"),
    Flag("enable_model_warmup", "run a version on warm-up requests before it takes over"),
    Flag("num_request_iterations_for_warmup", "how often each warm-up request is run; 0: once"),
    Flag("enable_signature_method_name_check", "classify and regress only with signatures made for it"),
    Flag("enable_serialization_as_tensor_content", "answer Predict with tensor_content instead of typed fields"),
    Flag("require_digest", "load no version whose digest is not recorded"),
    Flag("traffic_config_file", "YAML: how requests are divided between the versions of a model"),
)

SPEED = (
    Flag("enable_batching", "true: batch as TensorFlow Serving does; false: never batch", "batches that adapt to load"),
    Flag("batching_parameters_file", "text proto BatchingParameters, with --enable_batching"),
    Flag("enable_per_model_batching_parameters", "take batching_params.pbtxt of each model instead"),
    Flag("max_concurrent_requests", "requests under way at once; more are told to come back later"),
    Flag("max_request_bytes", "size of the largest request, uncompressed"),
    Flag("drain_seconds", "seconds that requests under way have to end when the server is stopped"),
    Flag("tensorflow_session_parallelism", "threads of TensorFlow", "chosen by TensorFlow"),
    Flag("tensorflow_intra_op_parallelism", "threads that share one op", "chosen by TensorFlow"),
    Flag("tensorflow_inter_op_parallelism", "ops that run at once", "chosen by TensorFlow"),
    Flag("tensorflow_session_config_file", "text proto tensorflow.ConfigProto; flags override its threads"),
    Flag("per_process_gpu_memory_fraction", "share of each GPU's memory to take at start", "chosen by TensorFlow"),
)

SECURITY = (
    Flag("token_file", "file with the token that callers must show"),
    Flag("ssl_config_file", "text proto SSLConfig: key and certificate, for gRPC and REST"),
    Flag("allow_insecure", "listen beyond this machine with neither token nor TLS"),
    Flag("use_alts_credentials", "Google's ALTS, which is refused here"),
)

SIGHT = (
    Flag("monitoring_config_file", "text proto MonitoringConfig: the path of the metrics"),
    Flag("inference_log", "where to record requests and answers: a folder (Parquet) or a URL (CloudEvents)"),
    Flag("inference_log_sampling_rate", "share of the requests to record, from 0 to 1"),
    Flag("tracing", "OTLP endpoint that traces go to"),
)

OTHERS = (
    Flag("rest_api_num_threads", "threads of the REST server"),
    Flag("grpc_max_threads", "threads of the gRPC server"),
    Flag("num_unload_threads", "how many versions may unload at once"),
    Flag("flush_filesystem_caches", "flush the caches of files after loading"),
    Flag("platform_config_file", "text proto PlatformConfigMap"),
    Flag("remove_unused_fields_from_bundle_metagraph", "drop parts of the graph's description after loading"),
    Flag("prefer_tflite_model", "load model.tflite of a SavedModel instead"),
    Flag("num_tflite_pools", "pools of TensorFlow Lite interpreters"),
    Flag("num_tflite_interpreters_per_pool", "TensorFlow Lite interpreters in a pool"),
    Flag("xla_cpu_compilation_enabled", "compile models for the CPU"),
    Flag("xla_gpu_compilation_enabled", "compile models for the GPU"),
    Flag("enable_profiler", "offer TensorFlow's profiler over gRPC"),
    Flag("thread_pool_factory_config_file", "text proto ThreadPoolFactoryConfig"),
    Flag("mixed_precision", "precision to compute in"),
    Flag("skip_initialize_tpu", "do not initialize TPUs"),
)

GROUPS: dict[str, tuple[Flag, ...]] = {
    "where it listens": NETWORK,
    "models and versions": MODELS,
    "batching, limits and threads": SPEED,
    "who may call": SECURITY,
    "metrics, logs and traces": SIGHT,
    "flags of tensorflow_model_server that are taken and have no effect here": OTHERS,
}
"""Title of a group to its flags."""
