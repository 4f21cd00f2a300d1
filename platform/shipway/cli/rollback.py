"""`shipway rollback`: a model in KServe back to a version that served before."""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from shipway.artifacts.object_store import BadStoreCredentials, exists, is_remote
from shipway.cli.pushed_models import versions_served_by
from shipway.dashboards.audit import AuditLog
from shipway.dashboards.people import OPERATOR, Person
from shipway.kube.connection import connect
from shipway.kube.serving.asking import ask_made_up_row
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.faults import NoSuchModel, SeveralModels
from shipway.kube.serving.identity import is_ours, served_version
from shipway.kube.serving.inference_services import InferenceServices
from shipway.kube.serving.rolling_back import roll_back, version_to_go_back_to

TIMEOUT_SECONDS = 600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="the name of an InferenceService, as 'shipway models' lists it")
    parser.add_argument("--to", default="", metavar="VERSION", help="which version (default: the one before)")
    parser.add_argument(
        "-n", "--namespace", default="", help="where it is served (default: wherever the name is found)"
    )
    parser.add_argument("--reason", default="", help="why, for those who read the audit log")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="how long the version may take to answer",
    )


def run(options: argparse.Namespace) -> int:
    cluster = ClusterApi(connect(options.settings.cluster))
    service = _find(InferenceServices(cluster), options.model, options.namespace)
    namespace = service["metadata"]["namespace"]
    recorded = versions_served_by(options.settings, namespace, options.model) if options.to else []
    target, left = version_to_go_back_to(service, options.to, recorded), served_version(service).version
    audit = AuditLog(options.settings.home / "audit.jsonl")
    subject = f"{namespace}/{options.model}: version {left} back to {target.version}"
    audit.append(Person(getpass.getuser(), OPERATOR), "rollback", subject, options.reason)
    deployment = roll_back(cluster, service, target, ask_made_up_row, options.timeout, _lies_there)
    print(f"{options.model} in {namespace} serves version {target.version} again, after {left}: {deployment.url}")
    print(f"Pushes do not bring {left} back; 'shipway rollback {options.model} -n {namespace} --to {left}' does.")
    return 0


def _find(services: InferenceServices, name: str, namespace: str) -> dict[str, Any]:
    """The InferenceService of that name; raises `NoSuchModel` and `SeveralModels`."""
    if namespace and (found := services.find(namespace, name)) is not None:
        return found
    every = services.list(namespace)
    matches = [one for one in every if one["metadata"]["name"] == name]
    if not matches:
        where = f"in namespace {namespace!r}" if namespace else "in any namespace"
        raise NoSuchModel(name, where, sorted(one["metadata"]["name"] for one in every if is_ours(one)))
    if len(matches) > 1:
        raise SeveralModels(name, sorted(one["metadata"]["namespace"] for one in matches))
    return matches[0]


def _lies_there(uri: str) -> bool:
    """Whether the version's files are there; who may not look leaves it to KServe to find out."""
    try:
        return not is_remote(uri) or exists(uri)
    except BadStoreCredentials:
        return True
