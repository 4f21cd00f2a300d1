"""The flags of a service that shows metrics: where it listens, and who may scrape it."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_metrics_flags(parser: argparse.ArgumentParser, host: str, port: int) -> None:
    """`--host`, `--port` and `--token_file`, with the service's own defaults."""
    parser.add_argument("--host", default=host, help=f"address to listen on (default: {host})")
    parser.add_argument("--port", type=int, default=port, help=f"port to listen on, 0 for a free one (default: {port})")
    parser.add_argument(
        "--token_file", type=Path, metavar="FILE", help="a secret that scrapes must show as a bearer token"
    )
