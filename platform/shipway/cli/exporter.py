"""`shipway exporter`: what Prometheus is told of pipelines, data and models."""

from __future__ import annotations

import argparse

from shipway.cli.metrics_flags import add_metrics_flags
from shipway.exporter.options import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEFAULT_QUIET_SECONDS,
    DEFAULT_REFRESH_SECONDS,
    ExporterOptions,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_metrics_flags(parser, DEFAULT_HOST, DEFAULT_PORT)
    parser.add_argument(
        "--refresh_seconds",
        type=float,
        default=DEFAULT_REFRESH_SECONDS,
        metavar="S",
        help=f"from one look at the metadata store to the next (default: {DEFAULT_REFRESH_SECONDS:g})",
    )
    parser.add_argument(
        "--quiet_seconds",
        type=float,
        default=DEFAULT_QUIET_SECONDS,
        metavar="S",
        help="a run whose runner says nothing has finished when nothing of it has run for so long "
        f"(default: {DEFAULT_QUIET_SECONDS:g})",
    )


def run(options: argparse.Namespace) -> int:
    from shipway.exporter.process import serve

    return serve(
        ExporterOptions(
            metadata=options.settings.local_metadata,
            host=options.host,
            port=options.port,
            token_file=options.token_file,
            refresh_seconds=options.refresh_seconds,
            quiet_seconds=options.quiet_seconds,
        )
    )
