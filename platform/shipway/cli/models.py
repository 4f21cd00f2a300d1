"""`shipway models`: what is served where, in KServe by its InferenceServices and elsewhere by what was pushed."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from shipway.cli.pushed_models import pushed_models
from shipway.cli.table import SHORT_DIGEST, table
from shipway.kube.connection import NoCluster, connect, own_namespace
from shipway.kube.faults import KubeFault, NotAllowed
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.faults import KServeMissing
from shipway.kube.serving.listing import ServedModel, served_models
from shipway.settings import Settings

HEADERS = ("MODEL", "NAMESPACE", "VERSION", "DIGEST", "RUN", "TRAFFIC", "READY", "SINCE", "URL")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--namespace", default="", help="only models of this namespace (default: of all)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    found = _in_cluster(options.namespace, options.settings)
    if not options.namespace:
        found += pushed_models(options.settings)
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
    elif not found:
        print(f"No model is served in namespace {options.namespace!r}." if options.namespace else "No model is served.")
    else:
        print(table(HEADERS, [_row(one) for one in found]))
    return 0


def _in_cluster(namespace: str, settings: Settings) -> list[ServedModel]:
    """Those of the cluster; where nobody asked for a cluster, one that is not there is only mentioned."""
    try:
        cluster = ClusterApi(connect(settings.cluster))
        return served_models(cluster, namespace) if namespace else _everywhere(cluster, settings)
    except (NoCluster, KServeMissing) as fault:
        if namespace:
            raise
        _note(fault)
        return []


def _everywhere(cluster: ClusterApi, settings: Settings) -> list[ServedModel]:
    """Of all namespaces, or of the one of pipelines where no more may be listed."""
    try:
        return served_models(cluster)
    except NotAllowed:
        namespace = own_namespace() or settings.cluster.kfp_namespace
        print(f"All namespaces may not be listed: these are of {namespace!r}; --namespace names one.", file=sys.stderr)
        return served_models(cluster, namespace)


def _note(fault: KubeFault) -> None:
    print(f"Only what was pushed to folders and buckets: {fault}", file=sys.stderr)


def _row(one: ServedModel) -> tuple[str, ...]:
    in_kserve = bool(one.namespace)
    return (
        one.name,
        one.namespace or "-",
        one.version or "?",
        one.digest[:SHORT_DIGEST],
        one.run,
        f"{one.traffic}%" if in_kserve else "",
        ("yes" if one.ready else "no") if in_kserve else "",
        one.since.replace("T", " ").removesuffix("Z"),
        one.url or one.storage_uri,
    )
