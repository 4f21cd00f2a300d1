"""`shipway watch`: records what becomes of runs in a cluster: pods that died, steps that cannot begin, ends."""

from __future__ import annotations

import argparse

from shipway.cli.metrics_flags import add_metrics_flags
from shipway.watcher.options import DEFAULT_HOST, DEFAULT_LOST_SECONDS, DEFAULT_PORT, WatchOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--namespace",
        action="append",
        default=[],
        metavar="NS",
        help="where the pods of runs are; may be repeated (default: SHIPWAY_KFP_NAMESPACE, or kubeflow)",
    )
    add_metrics_flags(parser, DEFAULT_HOST, DEFAULT_PORT)
    parser.add_argument(
        "--cluster", default="", metavar="NAME", help="tells this cluster from others that write the same store"
    )
    parser.add_argument(
        "--lost_seconds",
        type=float,
        default=DEFAULT_LOST_SECONDS,
        metavar="S",
        help="how long records of a run that has ended may still be on their way, before a step without one counts as "
        f"lost (default: {DEFAULT_LOST_SECONDS:g})",
    )


def run(options: argparse.Namespace) -> int:
    from shipway.watcher.process import watch

    return watch(
        WatchOptions(
            metadata=options.settings.metadata,
            cluster=options.settings.cluster,
            namespaces=tuple(options.namespace),
            name=options.cluster,
            host=options.host,
            port=options.port,
            token_file=options.token_file,
            lost_seconds=options.lost_seconds,
        )
    )
