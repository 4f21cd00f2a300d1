"""`shipway metadata serve`: the metadata store over gRPC, to any client of ML Metadata."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from shipway.cli.metadata_database import add_database_arguments, chosen_database
from shipway.errors import EnvironmentFault

FLAGS: dict[str, tuple[type, str, str]] = {
    "host": (str, "ADDRESS", "address to listen on; anything but this machine wants --token_file or --client_ca_file"),
    "port": (int, "N", "port of gRPC; -1: any free one"),
    "token_file": (Path, "FILE", "file with the token that callers must show; it may be replaced meanwhile"),
    "tls_cert_file": (Path, "FILE", "certificate of the service, in PEM"),
    "tls_key_file": (Path, "FILE", "its key, in PEM and without a password"),
    "client_ca_file": (Path, "FILE", "authorities whose certificates callers must show"),
    "metrics_host": (str, "ADDRESS", "address of the metrics, which need no token"),
    "metrics_port": (int, "N", "port of the metrics; 0: off, -1: any free one"),
    "max_message_bytes": (int, "N", "size of the largest request and of the largest answer"),
    "max_calls": (int, "N", "calls in hand at once; more are told to come back later"),
    "connections": (int, "N", "connections to a MySQL or PostgreSQL database"),
    "drain_seconds": (float, "X", "seconds that calls under way have to end when the service is stopped"),
}
"""The fields of `ServiceOptions` by their names: kind, placeholder, help. What is not given keeps its default there."""


class ServiceNotInstalled(EnvironmentFault):
    """The extra of the metadata service is missing."""

    def __init__(self, module: str) -> None:
        super().__init__(
            f"The metadata service needs the package of {module!r}, which is not installed: pip install "
            "'shipway[metadata]'."
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_database_arguments(parser)
    for name, (kind, placeholder, help_text) in FLAGS.items():
        parser.add_argument(
            f"--{name}", type=kind, metavar=placeholder, default=argparse.SUPPRESS, help=help_text + _default(name)
        )
    parser.add_argument(
        "--exporter", action="store_true", help="show what 'shipway exporter' tells of pipelines with the metrics"
    )


def run(options: argparse.Namespace) -> int:
    from shipway.exporter.in_service import ServiceExporter
    from shipway.lineage.server.options import ServiceOptions
    from shipway.lineage.server.process import serve

    for module in ("grpc", "grpc_health", "grpc_reflection", "prometheus_client"):
        if importlib.util.find_spec(module) is None:
            raise ServiceNotInstalled(module)
    given = {name: getattr(options, name) for name in FLAGS if hasattr(options, name)}
    service = ServiceOptions(database=chosen_database(options), **given)
    service.check()
    return serve(service, ServiceExporter(service) if options.exporter else None)


def _default(name: str) -> str:
    from shipway.lineage.server.options import DEFAULTS

    default = DEFAULTS[name]
    return (
        ""
        if default is None
        else f" (default: {default:g})"
        if isinstance(default, float)
        else f" (default: {default})"
    )
