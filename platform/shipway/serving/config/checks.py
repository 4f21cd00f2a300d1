"""What options may not be, each alone and together; TensorFlow Serving refuses the same where it has the flag."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from shipway.endpoint.addresses import is_loopback
from shipway.errors import UsageError
from shipway.serving.config.flag_values import WrongFlagValue
from shipway.serving.config.options import ServerOptions

LONGEST_SOCKET_PATH = 107
"""Bytes that Linux takes for the path of a UNIX socket."""


class ContradictoryFlags(UsageError):
    """Flags that do not go together."""

    def __init__(self, flags: str, problem: str, remedy: str) -> None:
        super().__init__(f"The {'flags' if ' and ' in flags else 'flag'} {flags} {problem}: {remedy}.")


class NothingToListenOn(UsageError):
    """Every way in is turned off."""

    def __init__(self) -> None:
        super().__init__(
            "The server would listen nowhere, because --port and --rest_api_port are both 0: turn one of them on, or "
            "give --grpc_socket_path."
        )


class OpenToOthers(UsageError):
    """A server that anybody in the network could call."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The flag --host={host} lets other machines call the server, and nothing asks who they are: add "
            "--token_file or --ssl_config_file, or say --allow_insecure where the network itself is guarded."
        )


def _at_least(least: float) -> tuple[Callable[[Any], bool], str]:
    return lambda value: bool(value >= least), f"give {least:g} or more"


def _between(least: float, most: float) -> tuple[Callable[[Any], bool], str]:
    return lambda value: bool(least <= value <= most), f"give a number from {least:g} to {most:g}"


RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "port": _between(-1, 65535),
    "rest_api_port": _between(-1, 65535),
    "rest_api_timeout_in_ms": _at_least(1),
    "rest_api_num_threads": _at_least(1),
    "grpc_max_threads": _at_least(1),
    "model_config_file_poll_wait_seconds": _at_least(0),
    "file_system_poll_wait_seconds": _at_least(0),
    "num_load_threads": _at_least(0),
    "num_unload_threads": _at_least(0),
    "max_num_load_retries": _at_least(0),
    "num_request_iterations_for_warmup": _at_least(0),
    "tensorflow_session_parallelism": _at_least(0),
    "tensorflow_intra_op_parallelism": _at_least(0),
    "tensorflow_inter_op_parallelism": _at_least(0),
    "per_process_gpu_memory_fraction": _between(0, 1),
    "inference_log_sampling_rate": _between(0, 1),
    "max_request_bytes": _at_least(1),
    "max_concurrent_requests": _at_least(1),
    "drain_seconds": _at_least(0),
}
"""What a number must be, and how that is said."""


def check(options: ServerOptions) -> None:
    """Raises `WrongFlagValue`, `ContradictoryFlags`, `NothingToListenOn` or `OpenToOthers`."""
    for name, (holds, remedy) in RANGES.items():
        value = getattr(options, name)
        if value is not None and not holds(value):
            raise WrongFlagValue(name, value, remedy)
    _check_places(options)
    _check_ways_in(options)
    _check_batching(options)
    _check_threads(options)


def _check_places(options: ServerOptions) -> None:
    for name in ("host", "model_name"):
        if name in options.given and not getattr(options, name).strip():
            raise WrongFlagValue(name, getattr(options, name), "leave it away for the default, or give one")
    if options.tracing and not _is_url(options.tracing):
        raise WrongFlagValue("tracing", options.tracing, "give a URL, such as http://localhost:4318/v1/traces")
    if options.inference_log.startswith(("http:", "https:")) and not _is_url(options.inference_log):
        raise WrongFlagValue("inference_log", options.inference_log, "give a folder, or a URL with a host")
    if os.path.isfile(options.inference_log):
        raise WrongFlagValue("inference_log", options.inference_log, "that is a file, give a folder or a URL")
    socket = options.grpc_socket_path
    if socket is None:
        return
    if len(str(socket).encode()) > LONGEST_SOCKET_PATH:
        raise WrongFlagValue("grpc_socket_path", socket, f"give a path of at most {LONGEST_SOCKET_PATH} bytes")
    if not socket.parent.is_dir():
        raise WrongFlagValue("grpc_socket_path", socket, f"make the folder {str(socket.parent)!r} first")


def _check_ways_in(options: ServerOptions) -> None:
    if not options.port and not options.rest_api_port and not options.grpc_socket_path:
        raise NothingToListenOn
    if options.port == options.rest_api_port > 0:
        raise ContradictoryFlags("--port and --rest_api_port", f"are both {options.port}", "give each its own")
    if options.use_alts_credentials:
        raise ContradictoryFlags(
            "--use_alts_credentials", "asks for ALTS, which this server does not have", "use --ssl_config_file"
        )
    guarded = options.token_file or options.ssl_config_file or options.allow_insecure
    if not guarded and not is_loopback(options.host) and (options.port or options.rest_api_port):
        raise OpenToOthers(options.host)


def _check_batching(options: ServerOptions) -> None:
    if options.batching_parameters_file and not options.enable_batching:
        raise ContradictoryFlags(
            "--batching_parameters_file", "is given without --enable_batching", "add --enable_batching"
        )


def _check_threads(options: ServerOptions) -> None:
    alone = (options.tensorflow_intra_op_parallelism, options.tensorflow_inter_op_parallelism)
    if options.tensorflow_session_parallelism and all(alone):
        raise ContradictoryFlags(
            "--tensorflow_session_parallelism and --tensorflow_intra_op_parallelism and "
            "--tensorflow_inter_op_parallelism",
            "are all given",
            "give the first, or the other two",
        )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port >= 0)
    except ValueError:
        return False
