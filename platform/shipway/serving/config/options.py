"""Everything that `shipway serve` can be told, in one value that is passed on from there.

The names are those of `tensorflow_model_server`, so that a command line written for it means the same here; Shipway's
own come last. What was written is kept in `given`, because a flag without effect is only worth a word where someone
wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ANY_FREE_PORT = -1
"""A port's value that lets the machine choose; 0 cannot mean that, because TensorFlow Serving turns off by it."""


@dataclass(frozen=True)
class ServerOptions:
    """The options of one server; `read_options` makes one of the command line and checks it."""

    port: int = 8500
    """Port of gRPC; 0 turns it off, -1 takes any free one."""

    grpc_socket_path: Path | None = None
    """UNIX socket on which gRPC listens too."""

    grpc_channel_arguments: tuple[tuple[str, int | str], ...] = ()
    """Names and values that are passed on to the gRPC server, such as `grpc.max_connection_age_ms`."""

    grpc_max_threads: int | None = None
    """Threads of the gRPC server."""

    enable_grpc_healthcheck_service: bool = True
    """Answer gRPC's health protocol, which Kubernetes asks; off by default in TensorFlow Serving."""

    rest_api_port: int = 8501
    """Port of REST, metrics and health; 0 turns it off (TensorFlow Serving's default), -1 takes any free one."""

    rest_api_num_threads: int | None = None
    """Threads of the REST server."""

    rest_api_timeout_in_ms: int = 30_000
    """Milliseconds after which a call is given up; over gRPC too, where it brings no nearer deadline."""

    rest_api_enable_cors_support: bool = False
    """Let pages of other origins call REST."""

    enable_batching: bool | None = None
    """None: Shipway's adaptive batching; True: TensorFlow Serving's, by its parameters; False: every request alone."""

    batching_parameters_file: Path | None = None
    """Text proto `BatchingParameters`, where batching is enabled."""

    enable_per_model_batching_parameters: bool = False
    """Take `batching_params.pbtxt` of each SavedModel instead, all but the threads; without that file it is alone."""

    model_config_file: Path | None = None
    """Text proto `ModelServerConfig`: the models to serve; `model_name` and `model_base_path` are ignored then."""

    model_config_file_poll_wait_seconds: int = 0
    """Seconds between two looks at `model_config_file`; 0 reads it once."""

    model_name: str = "default"
    """Name of the one model."""

    model_base_path: str = ""
    """Folder or URI of the one model: the folder that holds the version folders."""

    allow_version_labels_for_unavailable_models: bool = False
    """Let a new label name a version that is not loaded yet."""

    saved_model_tags: tuple[str, ...] = ("serve",)
    """Tags of the graph to load from a SavedModel."""

    num_load_threads: int = 0
    """How many versions may load at once; 0 and 1: one after the other."""

    num_unload_threads: int = 0
    """How many versions may unload at once."""

    max_num_load_retries: int = 5
    """How often loading a version is tried again."""

    load_retry_interval_micros: int = 60_000_000
    """Microseconds between two tries; negative: none."""

    file_system_poll_wait_seconds: int = 1
    """Seconds between two looks for new versions; 0 looks once."""

    flush_filesystem_caches: bool = True
    """Flush the caches of files after loading."""

    enable_model_warmup: bool = True
    """Run a version on requests before it takes over."""

    num_request_iterations_for_warmup: int = 0
    """How often each warm-up request is run; 0: once."""

    enable_signature_method_name_check: bool = False
    """Classify and regress only with signatures whose method name says so."""

    enable_serialization_as_tensor_content: bool = False
    """Answer Predict with `tensor_content` instead of typed fields."""

    tensorflow_session_config_file: Path | None = None
    """Text proto `tensorflow.ConfigProto`; the three flags below override its threads."""

    tensorflow_session_parallelism: int = 0
    """Threads of TensorFlow, within and between ops alike; 0: chosen by TensorFlow."""

    tensorflow_intra_op_parallelism: int = 0
    """Threads that share one op; 0: chosen by TensorFlow."""

    tensorflow_inter_op_parallelism: int = 0
    """Ops that run at once; 0: chosen by TensorFlow."""

    per_process_gpu_memory_fraction: float = 0.0
    """Share of each GPU's memory that is taken at start; 0: chosen by TensorFlow."""

    platform_config_file: Path | None = None
    """Text proto `PlatformConfigMap`."""

    remove_unused_fields_from_bundle_metagraph: bool = True
    """Drop parts of the graph's description after loading."""

    prefer_tflite_model: bool = False
    """Load `model.tflite` of a SavedModel instead."""

    num_tflite_pools: int | None = None
    """Pools of TensorFlow Lite interpreters."""

    num_tflite_interpreters_per_pool: int | None = None
    """TensorFlow Lite interpreters in a pool."""

    xla_cpu_compilation_enabled: bool = False
    """Compile models for the CPU."""

    xla_gpu_compilation_enabled: bool = False
    """Compile models for the GPU."""

    enable_profiler: bool = True
    """Offer TensorFlow's profiler over gRPC."""

    thread_pool_factory_config_file: Path | None = None
    """Text proto `ThreadPoolFactoryConfig`."""

    mixed_precision: str = ""
    """Precision to compute in, such as `bfloat16`."""

    skip_initialize_tpu: bool = False
    """Do not initialize TPUs."""

    ssl_config_file: Path | None = None
    """Text proto `SSLConfig`: key and certificate, for gRPC and REST alike (TensorFlow Serving: gRPC alone)."""

    use_alts_credentials: bool = False
    """Google's ALTS; always False, because it is refused."""

    monitoring_config_file: Path | None = None
    """Text proto `MonitoringConfig`; without one, metrics are on."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    allow_insecure: bool = False
    """Listen beyond this machine with neither token nor TLS."""

    token_file: Path | None = None
    """File with the token that callers must show."""

    traffic_config_file: Path | None = None
    """YAML: how requests are divided between the versions of a model."""

    inference_log: str = ""
    """Where requests and answers are recorded: a folder (Parquet), or a URL (CloudEvents); empty: nowhere."""

    inference_log_sampling_rate: float = 1.0
    """Share of the requests that is recorded, from 0 to 1."""

    max_request_bytes: int = 64 * 1024 * 1024
    """Size of the largest request, uncompressed."""

    max_concurrent_requests: int = 4096
    """Requests under way at once; more are told to come back later."""

    drain_seconds: float = 30.0
    """Seconds that requests under way have to end when the server is stopped."""

    require_digest: bool = False
    """Load no version whose digest is not recorded."""

    tracing: str = ""
    """OTLP endpoint that traces go to, such as `http://localhost:4318/v1/traces`; empty: none are made."""

    given: frozenset[str] = field(default=frozenset(), compare=False)
    """The names that were written on the command line."""
