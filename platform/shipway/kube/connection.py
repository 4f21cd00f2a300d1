"""The connection to a cluster: a pod's own, or the one that the kubeconfig names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from shipway.errors import UsageError
from shipway.kube.faults import KubeFault
from shipway.settings.cluster_address import CONTEXT_VARIABLE, ClusterAddress

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0


class NoCluster(KubeFault):
    """Neither a pod's credentials nor a kubeconfig."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"No cluster is known: {problem}. Set KUBECONFIG to a kubeconfig that 'kubectl get namespaces' works with."
        )


class UnknownContext(UsageError):
    """A context that the kubeconfig does not have."""

    def __init__(self, context: str, known: list[str]) -> None:
        there = f"it has {', '.join(known)}" if known else "it has none"
        super().__init__(f"{CONTEXT_VARIABLE} is {context!r}, which the kubeconfig does not know: {there}.")


def connect(address: ClusterAddress | None = None) -> Any:
    """A `kubernetes.client.ApiClient`. Nothing is asked yet, so a cluster that is away shows at the first call.

    Calls through it that name no `_request_timeout` end after 10 s without a connection and 60 s without an answer: the
    client itself would wait for ever.

    Raises `NoCluster` and `UnknownContext`.
    """
    from kubernetes import client

    api = client.ApiClient(_configuration((address or ClusterAddress()).kube_context))
    request = api.rest_client.request

    def request_in_time(*positional: Any, _request_timeout: Any = None, **named: Any) -> Any:
        return request(*positional, _request_timeout=_request_timeout or (CONNECT_SECONDS, ANSWER_SECONDS), **named)

    api.rest_client.request = request_in_time
    return api


def is_in_cluster() -> bool:
    """Whether this process is a pod that may ask its own cluster."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and (SERVICE_ACCOUNT / "token").is_file()


def own_namespace() -> str | None:
    """The namespace of the pod that this process is; None outside of a cluster."""
    try:
        return (SERVICE_ACCOUNT / "namespace").read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _configuration(context: str) -> Any:
    from kubernetes import client, config
    from urllib3.util import Retry

    configuration = client.Configuration()
    try:
        if is_in_cluster() and not context:
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(context=context or None, client_configuration=configuration)
    except config.ConfigException as error:
        if context and (known := _contexts()) and context not in known:
            raise UnknownContext(context, known) from error
        raise NoCluster(str(error).rstrip(".")) from error
    configuration.retries = Retry(connect=2, read=0, redirect=0, status=0, other=0)
    return configuration


def _contexts() -> list[str]:
    from kubernetes import config

    try:
        contexts, _ = config.list_kube_config_contexts()
    except config.ConfigException:
        return []
    return [one["name"] for one in contexts]
